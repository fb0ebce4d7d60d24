import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { certify, DEFAULT_ELEMENTS, DEFAULT_SEED, refused, type CertifyProgress, type CertifyReport } from "../certify/certify.ts";
import type { Judge } from "../certify/judge.ts";
import { printReport } from "../certify/print.ts";
import { inputError, OpgError, refusedError } from "../../core/errors.ts";
import type { Form } from "../../core/compile/form.ts";
import type { InputValues } from "../../core/compile/values.ts";
import { CompileError } from "../../core/faults.ts";
import { foreignRuntime } from "../runtime/processRuntime.ts";
import { parseValues, VALUE } from "./bindings.ts";
import type { Output } from "./output.ts";
import { ACCEPT_DIFFERENCE, FORM, parseCount, parseDims, parseForm, externalBeside, readInputFile } from "./parse.ts";
import type { Session } from "./session.ts";

const STAGES: Readonly<Record<CertifyProgress["stage"], string>> = {
  canonicalise: "canonical form",
  compare: "comparing it with the file",
  schedules: "schedules",
  verify: "checking schedules",
  threads: "threads",
  commit: "commitments",
  run: "running the model",
  judge: "asking the contracts",
};

interface CertifyFlags {
  readonly elements: string;
  readonly seed: string;
  readonly dim?: string[];
  readonly value?: string[];
  readonly form: string;
  readonly acceptDifference?: boolean;
}

export function certifyCommand(model: Command, session: (command: Command) => Session): void {
  model
    .command("certify <file>")
    .description("ask the contracts, on a chain inside this process, about honest and corrupted numbers of every node")
    .option("--elements <n>", "random elements of every node", String(DEFAULT_ELEMENTS))
    .option("--seed <n>", "seed of the inputs, elements and corruptions", String(DEFAULT_SEED))
    .option("--dim <name=size...>", "size of a symbolic dimension")
    .option("--value <input=json...>", VALUE)
    .option("--form <form>", FORM, "portable")
    .option("--accept-difference", ACCEPT_DIFFERENCE)
    .action(async (file: string, flags: CertifyFlags, command: Command) => {
      const opened = session(command);
      const { output, world } = opened;
      const elements = parseCount(flags.elements, "--elements", 1_000_000);
      if (elements === 0) throw inputError("NUMBER", "--elements must be at least 1", { fix: "correct --elements" });
      const seed = parseCount(flags.seed, "--seed", 2 ** 32 - 1);
      const [dims, values] = [parseDims(flags.dim ?? []), parseValues(flags.value ?? [])];
      const form = parseForm(flags.form);
      const { acceptDifference = false } = flags;
      const report = await run(file, resolve(world.cwd, file), { elements, seed, dims, values, form, acceptDifference }, output);
      const lines = printReport(report).split("\n");
      // The table is printed in either case; with --json the object is the last line.
      if (output.json) lines.forEach((line) => output.say(line));
      output.result({ ...report }, lines);
      opened.exitCode = report.programRoot === null ? 2 : report.ok ? 0 : 1;
    });
}

async function run(
  file: string,
  path: string,
  options: { elements: number; seed: number; dims: Record<string, number>; values: InputValues; form: Form; acceptDifference: boolean },
  output: Output,
): Promise<CertifyReport> {
  const progress = output.progress("certify");
  try {
    const model = (): Uint8Array => readInputFile(path, "model");
    return await certify(file, model, {
      ...options,
      runtime: foreignRuntime,
      external: externalBeside(path),
      openJudge: () => openJudge(output),
      onProgress: ({ stage, done, total }) => progress.update(done, total, STAGES[stage]),
    });
  } catch (error) {
    // A file that is no model is reported like a model that cannot be taken.
    if (error instanceof CompileError) return refused(file, error.faults);
    if (error instanceof OpgError && error.code === "FILE_UNREADABLE") return refused(file, [{ name: file, op: "", why: error.message }]);
    throw error;
  } finally {
    progress.stop();
  }
}

/** Hardhat is loaded by this command alone, and is no part of the image for serving. */
async function openJudge(output: Output): Promise<Judge> {
  const adapter = await import("../certify/hardhatJudge.ts").catch((error: unknown) => {
    const own = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { dependencies: { hardhat: string } };
    const fix = `in a checkout: npm ci; where opg is installed as a package: npm install hardhat@${own.dependencies.hardhat}`;
    throw refusedError("NO_HARDHAT", `the in-process chain cannot be loaded: ${String(error)}`, { fix });
  });
  return adapter.openHardhatJudge({ onBuild: () => output.fail("building the contracts, which takes a minute") });
}
