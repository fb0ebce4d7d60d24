import { writeFile, mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { dtypeName } from "../../core/tensor/dtype.ts";
import { ruleName } from "../../core/program/types.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { ortRuntime } from "../runtime/ort.ts";
import { sha256Of } from "../store/files.ts";
import { executionLines } from "./execution.ts";
import { ACCEPT_DIFFERENCE, describeSpec, parseDims, externalBeside, readInputFile } from "./parse.ts";
import { differenceLines } from "./publish.ts";
import type { Session } from "./session.ts";
import { readSamples, slackOn } from "./slack.ts";

interface CompileFlags {
  readonly out?: string;
  readonly dim?: string[];
  readonly sample?: string[];
  readonly acceptDifference?: boolean;
}

const specJson = ({ name, dtype, dims }: TensorSpec) => ({ name, dtype: dtypeName(dtype), dims });

/** The two files that are published, by the name of the source. */
const publishedNames = (folder: string, source: string) => {
  const stem = basename(source).replace(/\.onnx$/, "");
  return { canonical: join(folder, `${stem}.canonical.onnx`), program: join(folder, `${stem}.program.json`) };
};

export function compileCommand(model: Command, session: (command: Command) => Session): void {
  model
    .command("compile <file>")
    .description("compile an ONNX file into the canonical file and its program")
    .option("--out <folder>", "where the two files go; beside the source by default")
    .option("--dim <name=size...>", "size of a symbolic dimension")
    .option("--accept-difference", ACCEPT_DIFFERENCE)
    .option("--sample <file...>", "raw bytes of a job's input to measure the slack on; seeded random inputs by default")
    .action(async (file: string, options: CompileFlags, command: Command) => {
      const { output, world } = session(command);
      const source = resolve(world.cwd, file);
      const model = readInputFile(source, "model");
      const samples = readSamples(options.sample ?? [], world.cwd);
      const progress = output.progress("compile");
      let compiled: CompiledModel;
      try {
        compiled = await compile(
          model,
          { runtime: ortRuntime, dims: parseDims(options.dim ?? []), external: externalBeside(source), acceptDifference: options.acceptDifference === true },
          ({ stage, done, total }) => progress.update(done, total, stage),
        );
      } finally {
        progress.stop();
      }
      const { slack, lines } = await slackOn(compiled, samples, output);
      const names = publishedNames(options.out === undefined ? dirname(source) : resolve(world.cwd, options.out), source);
      await mkdir(dirname(names.canonical), { recursive: true });
      await writeFile(names.canonical, compiled.canonical);
      await writeFile(names.program, compiled.programFile);
      const { program, root, differences, kernels } = compiled;
      const { runtime, threads } = compiled.execution;
      output.result(
        {
          file,
          programRoot: root,
          ...names,
          canonicalDigest: compiled.digest,
          programDigest: sha256Of(compiled.programFile),
          inputs: program.inputs.map(specJson),
          outputs: program.outputs.map(specJson),
          runtime,
          kernels,
          threads,
          nodes: program.nodes.map(({ name, op, rule }, index) => ({ index, name, op, rule: ruleName(rule) })),
          differences,
          slack,
        },
        [
          `program root  ${root}`,
          ...program.inputs.map((spec) => `input         ${describeSpec(spec)}`),
          ...program.outputs.map((spec) => `output        ${describeSpec(spec)}`),
          ...executionLines({ runtime, kernels, threads }),
          ...program.nodes.map(({ name, op, rule }) => `  ${ruleName(rule).padEnd(8)} ${op.padEnd(20)} ${name}`),
          ...lines,
          ...differenceLines(differences),
          `canonical     ${names.canonical}`,
          `program       ${names.program}`,
        ],
      );
    });
}
