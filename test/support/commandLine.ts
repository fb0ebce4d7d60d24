import { Writable } from "node:stream";
import { run } from "../../oracle/cli.ts";
import type { Terminal } from "../../oracle/cli/prompt.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of standard output, parsed; undefined when it is no JSON object. */
  readonly json: Record<string, never> | undefined;
}

/** Runs a command line of `opg` in this process, as somebody with this environment would. */
export async function opg(argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string, terminal?: Terminal): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (into: string[]) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        into.push(chunk.toString());
        done();
      },
    });
  const code = await run(argv, { env, cwd, stdout: stream(out), stderr: stream(err), ...(terminal && { terminal }) });
  const stdout = out.join("");
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  const json = last.startsWith("{") ? (JSON.parse(last) as Record<string, never>) : undefined;
  return { code, stdout, stderr: err.join(""), json };
}
