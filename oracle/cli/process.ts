import type { Writable } from "node:stream";
import { fromSystem, reasonOf } from "../../core/systemErrors.ts";
import { processTerminal } from "./prompt.ts";
import type { World } from "./session.ts";

/** The world of this process. To be asked for once. */
export function processWorld(): World {
  outliveReaders(process.stdout, process.stderr);
  process.on("uncaughtException", reportUncaught);
  const terminal = processTerminal();
  return { env: process.env, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr, ...(terminal && { terminal }) };
}

/**
 * Whoever reads the output may go away, as head does when it has seen enough. INVARIANT: what is under way goes on, unheard: a
 * command may have sent something, and a daemon has a bond at stake.
 */
function outliveReaders(...streams: readonly Writable[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return;
      process.stderr.write(`opg: cannot write the output: ${reasonOf(error)}\n`);
      process.once("exit", () => (process.exitCode ||= 1));
    });
  }
}

/** What nobody caught ends the process; what the system refused is told in a line, a fault of this program with its place. */
function reportUncaught(error: Error): void {
  const known = fromSystem(error);
  process.stderr.write(known === undefined ? `${error.stack ?? error.message}\n` : `opg: ${known.message}\n${known.fix === undefined ? "" : `fix: ${known.fix}\n`}`);
  process.exit(1);
}
