import { writeFile, mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { compile } from "../../core/compile/compile.ts";
import { boundedNodes, type Bounded } from "../../core/compile/bounded.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import type { Form } from "../../core/compile/form.ts";
import { withSettled } from "../../core/compile/inline/settled.ts";
import { labelLines } from "../../core/compile/labels.ts";
import { readSource, type Bound, type OpenExternal } from "../../core/compile/source.ts";
import { isRooted } from "../../core/program/jobOutput.ts";
import { dtypeName } from "../../core/tensor/dtype.ts";
import { ruleName } from "../../core/program/types.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import type { Cost } from "../ports.ts";
import { foreignRuntime } from "../runtime/processRuntime.ts";
import { cidOf } from "../store/cid.ts";
import { sha256Of } from "../store/files.ts";
import { nameOf, parseValues, VALUE } from "./bindings.ts";
import { executionLines, outputLines } from "./execution.ts";
import { ACCEPT_DIFFERENCE, describeSpec, FORM, parseDims, parseForm, externalBeside, readInputFile } from "./parse.ts";
import { publishedNames } from "./offers.ts";
import { differenceLines, settledLines } from "./publish.ts";
import type { Session } from "./session.ts";
import { cutSamples, drawSample, readSamples, slackOn, type Sample } from "./slack.ts";

interface CompileFlags {
  readonly out?: string;
  readonly dim?: string[];
  readonly value?: string[];
  readonly sample?: string[];
  readonly form: string;
  readonly acceptDifference?: boolean;
}

const specJson = ({ name, dtype, dims }: TensorSpec) => ({ name, dtype: dtypeName(dtype), dims });

/** What a run of the canonical file takes beside one of the publisher's, on the first sample. */
async function costOf(file: Uint8Array, { program, canonical, origin }: CompiledModel, samples: readonly Sample[], bound: Bound, external: OpenExternal): Promise<Cost> {
  const [values] = cutSamples(samples, program.inputs) ?? [drawSample(program.inputs)];
  const feeds = new Map(program.inputs.map(({ name, dtype, dims }, i) => [name, { dtype, dims, data: values[i] }]));
  const { bytes } = await readSource(file, external, bound);
  return foreignRuntime.compare(withSettled(bytes, origin.settled), canonical, feeds);
}

const short = (value: number): number => Number(value.toPrecision(3));

/** What became of the publisher's file, for people. */
function formLines(form: Form, { program, differences }: CompiledModel, samples: readonly Sample[], bounded: readonly Bounded[], cost: Cost | undefined): string[] {
  const where = samples.length === 0 ? "random inputs" : "the samples";
  const same = form === "portable" && differences.length === 0 ? [`difference    none: no element of an output differs from the source's on ${where}`] : differenceLines(differences);
  const time = cost && `time          ${short(cost.ratio)} times the source's: ${short(cost.canonical)} ms of CPU time to ${short(cost.source)} ms, both on one thread`;
  return [
    `form          ${form}`,
    ...same.map((line) => (form === "portable" && differences.length > 0 ? `${line}, on ${where}` : line)),
    ...(time === undefined ? [] : [time]),
    `bounded       ${bounded.length} of ${program.nodes.length} nodes`,
    ...bounded.map(({ name, op, why }) => `  ${name} (${op}): ${why}`),
  ];
}

/** Writes the two files that a version consists of. */
async function writePublished({ canonical, program }: ReturnType<typeof publishedNames>, compiled: CompiledModel): Promise<void> {
  await mkdir(dirname(canonical), { recursive: true });
  await writeFile(canonical, compiled.canonical);
  await writeFile(program, compiled.programFile);
}

export function compileCommand(model: Command, session: (command: Command) => Session): void {
  model
    .command("compile <file>")
    .description("compile an ONNX file into the canonical file and its program")
    .option("--out <folder>", "where the two files go; beside the source by default")
    .option("--dim <name=size...>", "size of a symbolic dimension")
    .option("--value <input=json...>", VALUE)
    .option("--form <form>", FORM, "portable")
    .option("--accept-difference", ACCEPT_DIFFERENCE)
    .option("--sample <file...>", "raw bytes of a job's input to measure the difference, the time and the slack on; seeded random inputs by default")
    .action(async (file: string, options: CompileFlags, command: Command) => {
      const { output, world } = session(command);
      const source = resolve(world.cwd, file);
      const model = (): Uint8Array => readInputFile(source, "model");
      const samples = readSamples(options.sample ?? [], world.cwd);
      const form = parseForm(options.form);
      const [dims, values, external] = [parseDims(options.dim ?? []), parseValues(options.value ?? []), externalBeside(source)];
      const progress = output.progress("compile");
      let compiled: CompiledModel;
      try {
        compiled = await compile(
          model,
          { runtime: foreignRuntime, dims, values, external, form, acceptDifference: options.acceptDifference === true, samples: (specs) => cutSamples(samples, specs) },
          ({ stage, done, total }) => progress.update(done, total, stage),
        );
      } finally {
        progress.stop();
      }
      const { slack, lines } = await slackOn(compiled, samples, output);
      const cost = form === "portable" ? await costOf(model(), compiled, samples, { dims, values }, external) : undefined;
      const bounded = boundedNodes(compiled.program, form);
      const names = publishedNames(options.out === undefined ? dirname(source) : resolve(world.cwd, options.out), source);
      await writePublished(names, compiled);
      const cid = cidOf(compiled.canonical);
      const { program, root, differences, kernels } = compiled;
      const { runtime, threads } = compiled.execution;
      output.result(
        {
          file,
          programRoot: root,
          ...names,
          canonicalDigest: compiled.digest,
          canonicalCid: cid,
          programDigest: sha256Of(compiled.programFile),
          inputs: program.inputs.map(specJson),
          outputs: program.outputs.map(specJson),
          outputByRoots: isRooted(program),
          dims,
          values,
          runtime,
          kernels,
          threads,
          nodes: program.nodes.map(({ name, op, rule }, index) => ({ index, name, op, rule: ruleName(rule) })),
          form,
          differences,
          settled: compiled.origin.settled,
          labels: Object.fromEntries(compiled.labels),
          ...(cost && { cost }),
          bounded,
          slack,
        },
        [
          `program root  ${root}`,
          ...(nameOf(dims, values) === "" ? [] : [`bound         ${nameOf(dims, values)}`]),
          ...program.inputs.map((spec) => `input         ${describeSpec(spec)}`),
          ...outputLines(program.outputs),
          ...[...labelLines(compiled.labels), ...settledLines(compiled)],
          ...executionLines({ runtime, kernels, threads }),
          ...program.nodes.map(({ name, op, rule }) => `  ${ruleName(rule).padEnd(8)} ${op.padEnd(20)} ${name}`),
          ...lines,
          ...formLines(form, compiled, samples, bounded, cost),
          `canonical     ${names.canonical}`,
          `  SHA-256     ${compiled.digest.slice(2)}`,
          `  CID         ${cid}`,
          `program       ${names.program}`,
        ],
      );
    });
}
