import { resolve } from "node:path";
import type { Command } from "commander";
import { inputError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { importModel } from "../store/importing.ts";
import { parseModelSource } from "../store/modelSource.ts";
import { parseCount } from "./parse.ts";
import type { Session } from "./session.ts";

/** Bytes of the largest model that is imported unless more is asked for. */
const MAX_BYTES = 4 * 2 ** 30;

interface ImportFlags {
  readonly out?: string;
  readonly sha256?: string;
  readonly maxBytes: string;
}

function parseDigest(text: string | undefined): Hex | undefined {
  const [, hex] = /^(?:0x|sha256:)?([0-9a-f]{64})$/i.exec(text ?? "") ?? [];
  if (text !== undefined && hex === undefined) throw inputError("SHA256", `"${text.slice(0, 80)}" is no SHA-256`, { fix: "give 64 hex digits" });
  return hex === undefined ? undefined : `0x${hex.toLowerCase()}`;
}

export function importCommand(model: Command, session: (command: Command) => Session): void {
  model
    .command("import <source>")
    .description("bring a model here, with its external data: from a path, an https:// address, or Hugging Face (hf://OWNER/REPOSITORY[@REVISION]/FILE)")
    .option("--out <folder>", "where its files go; the present folder by default")
    .option("--sha256 <digest>", "SHA-256 that the model file must have; Hugging Face states that of large files itself")
    .option("--max-bytes <n>", "most bytes of all files together", String(MAX_BYTES))
    .action(async (text: string, flags: ImportFlags, command: Command) => {
      const { output, world } = session(command);
      const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = world.env;
      output.redactor.add(token ?? "");
      const named = parseModelSource(text, { ...(endpoint !== undefined && { endpoint }), ...(token !== undefined && { token }) });
      const source = named.kind === "path" ? { ...named, path: resolve(world.cwd, named.path) } : named;
      const sha256 = parseDigest(flags.sha256);
      const progress = output.progress("import");
      try {
        const { path, bytes, cid, external, ...made } = await importModel({
          source,
          folder: resolve(world.cwd, flags.out ?? "."),
          maxBytes: parseCount(flags.maxBytes, "--max-bytes", Number.MAX_SAFE_INTEGER, 1),
          ...(sha256 !== undefined && { sha256 }),
          onProgress: (file, done, total) => progress.update(done, total ?? done, file),
        });
        progress.stop();
        output.result({ file: path, bytes, sha256: made.sha256, cid, external: external.map((file) => ({ file: file.path, bytes: file.bytes, sha256: file.sha256 })) }, [
          `file          ${path}`,
          `bytes         ${bytes}`,
          `sha-256       ${made.sha256.slice(2)}`,
          `cid           ${cid}`,
          ...external.map((file) => `data          ${file.path}, ${file.bytes} bytes, sha-256 ${file.sha256.slice(2)}`),
          `next          opg model compile ${path}`,
        ]);
      } finally {
        progress.stop();
      }
    });
}
