import type { Runtime } from "../runtime.ts";
import { CompileError, Faults, RuntimeEnded } from "../faults.ts";
import { free } from "../bytes.ts";
import { isNewer } from "../onnx/model.ts";
import type { LabelledFile } from "./labels.ts";
import { readCanonical } from "./canonicalForm.ts";
import { canonicalBytes } from "./canonicalise.ts";
import { unknownNodes } from "./foreign.ts";
import { comparable } from "./comparable.ts";
import type { Choice } from "./choice.ts";
import { CompiledModel } from "./compiledModel.ts";
import { describeDifference, differences, insteadOf, runsFor, type Difference, type Runs } from "./difference.ts";
import { confirmed, findArithmetics, randomTrace } from "./arithmetics.ts";
import type { Form } from "./form.ts";
import type { Value } from "../onnx/graphNode.ts";
import type { Graph } from "./graph.ts";
import { mapFile, workOf } from "./mapFile.ts";
import type { Arithmetic } from "../program/types.ts";
import { valueTypes } from "./shapes.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { withoutBfloat16 } from "./precision.ts";
import type { OnProgress } from "./progress.ts";
import { withSettled } from "./inline/settled.ts";
import { Provenance } from "./parameters.ts";
import { requireProvable } from "./provable.ts";
import { bindingFaults, readSource, type Dims, type OpenExternal } from "./source.ts";
import { inSourceTerms, sourceNodes } from "./sourceTerms.ts";
import { requireSmall } from "./largeTensors.ts";
import type { TensorSpec } from "../tensor/tensor.ts";
import { digestsOf, threadsBySizes, usableThreads } from "./threads.ts";
import type { InputValues } from "./values.ts";

/** Of the inputs of the run that confirms what was found. */
const SEED = 1;

export interface CompileOptions {
  readonly runtime: Runtime;
  /** Sizes of symbolic dimensions. */
  readonly dims?: Dims;
  /** Values of inputs, which are constants of the version and no inputs of it. */
  readonly values?: InputValues;
  /** Where the file's data lies outside of it: there is none unless this is given. */
  readonly external?: OpenExternal;
  /** What the canonical file is made of: `portable` by default. */
  readonly form?: Form;
  /**
   * In the form `source`: lets the runtime replace several nodes by one that computes nearly the same, as its level `basic` does,
   * and takes the model although its canonical file then gives other numbers than the publisher's.
   */
  readonly acceptDifference?: boolean;
  /** In the form `portable`: gives the inputs that the difference is measured on, seeded random ones where there are none. */
  readonly samples?: (inputs: readonly TensorSpec[]) => Runs | undefined;
}

/** The bytes of a file, or what reads them: so a large one is in memory only while it is needed. */
export type FileBytes = Uint8Array | (() => Uint8Array);

/** A publisher's file: what it says, what its numbers stand for, and its bytes as they are run. */
interface Source extends Pick<LabelledFile, "model" | "labels"> {
  readonly bytes: () => Uint8Array;
  /** Frees the memory of its bytes, where they can be read again: of those that it was read from, or of given ones. */
  readonly forget: (bytes?: Uint8Array) => void;
}

/**
 * Compiles an ONNX file into the canonical file and its program (docs/protocol.md §1). Throws a CompileError that lists
 * every fault when the model cannot be taken.
 */
export async function compile(file: FileBytes, options: CompileOptions, onProgress: OnProgress = () => {}): Promise<CompiledModel> {
  const { form = "portable" } = options;
  onProgress({ stage: "canonicalise", done: 0, total: 1 });
  const source = await readFile(file, options);
  const nodes = sourceNodes(source.model);
  const unknown = unknownNodes(source.model, form);
  const provenance = new Provenance(source.model);
  try {
    return await compileSource(source, options, onProgress);
  } catch (error) {
    if (!(error instanceof CompileError) || error instanceof RuntimeEnded) throw error;
    throw new CompileError(provenance.explain(inSourceTerms(error.faults, nodes, unknown)));
  }
}

async function readFile(file: FileBytes, { external, dims = {}, values = {}, form = "portable" }: CompileOptions): Promise<Source> {
  const given = file instanceof Uint8Array ? file : file();
  const read = await readSource(given, external, { dims, values }, (model) => [...bindingFaults(model, dims), ...(isNewer(model) ? [] : unknownNodes(model, form))]);
  const { model, bytes } = form === "portable" ? withoutBfloat16(read) : read;
  const rest = { model, labels: read.labels };
  return typeof file === "function" && bytes === given ? { ...rest, bytes: file, forget: (own = given) => free(own) } : { ...rest, bytes: () => bytes, forget: () => {} };
}

async function compileSource(
  source: Source,
  { runtime, dims = {}, form = "portable", acceptDifference = false, samples }: CompileOptions,
  onProgress: OnProgress,
): Promise<CompiledModel> {
  const { bytes, settled } = await canonicalBytes(source.model, { dims, runtime, form, acceptDifference, onUsedUp: () => source.forget() });
  // What is compiled is what anybody will read back: the bytes, parsed anew.
  const canonical = readCanonical(bytes);
  const { graph, mapped } = mapFile(canonical, await valueTypes(canonical.model, runtime));
  requireSmall(graph);
  onProgress({ stage: "canonicalise", done: 1, total: 1 });
  const given = form === "portable" ? samples?.(graph.inputs) : undefined;
  const runs = given ?? runsFor(form, graph.inputs, workOf(graph, mapped));
  const instead = given === undefined ? insteadOf(runs, graph.inputs) : undefined;
  const onRun = (done: number, total: number): void => onProgress({ stage: "compare", done, total });
  const compared = source.bytes();
  const published = await comparable(withSettled(compared, settled), mapped, runtime);
  const found = await differences(published, canonical.bytes, graph, runs, runtime, onRun, instead);
  source.forget(compared);
  if (form === "source" && !acceptDifference) requireSame(found);
  const { arithmetics, threads } = await execution(graph, mapped, runtime, onProgress);
  onProgress({ stage: "commit", done: 0, total: 1 });
  const layouts = layoutsOf(graph, mapped);
  const choices = arithmetics.map((arithmetic, i): Choice => ({ ...arithmetic, ...layouts[i] }));
  const compiled = new CompiledModel(canonical, graph, mapped, choices, { runtime: runtime.name, threads }, { differences: found, labels: source.labels, settled });
  requireProvable(compiled.program);
  onProgress({ stage: "commit", done: 1, total: 1 });
  return compiled;
}

/** What every row states, and how many threads keep every bit; one run of the whole model confirms both. */
async function execution(graph: Graph, mapped: readonly Mapped[], runtime: Runtime, onProgress: OnProgress): Promise<{ arithmetics: Arithmetic[]; threads: number }> {
  const found = await findArithmetics(graph, mapped, runtime, onProgress);
  const trace = await randomTrace(graph, runtime, SEED);
  const arithmetics = confirmed(graph, mapped, found, trace, onProgress);
  onProgress({ stage: "threads", done: 0, total: 1 });
  const threads = await usableThreads(graph, runtime, threadsBySizes(graph, mapped), { seed: SEED, digests: digestsOf(trace) });
  onProgress({ stage: "threads", done: 1, total: 1 });
  return { arithmetics, threads };
}

/** INVARIANT: in the form `source` the canonical file computes what the publisher's file computes, unless the publisher accepts that it does not. */
export function requireSame(found: readonly Difference[]): void {
  const faults = new Faults();
  for (const difference of found) {
    faults.add(difference.output, "", `its canonical form does not compute what the file computes: ${describeDifference(difference)}; --accept-difference takes it as it is`);
  }
  faults.throwIfAny();
}

/**
 * Commit orders. The reader that needs the most elements for one of its own decides how a tensor is laid out; a
 * constant is laid out for each use.
 */
function layoutsOf(graph: Graph, mapped: readonly Mapped[]): { perm: readonly number[]; inputPerms: (readonly number[])[] }[] {
  const identity = (rank: number) => Array.from({ length: rank }, (_, axis) => axis);
  const fixed = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  const wishes = new Map<string, { perm: readonly number[]; elements: number }>();
  for (const { inputs, reads } of mapped) {
    inputs.forEach((value, i) => {
      const reading = reads[i];
      if (value === undefined || reading === undefined || value.constant !== undefined || fixed.has(value.name)) return;
      if (reading.elements > (wishes.get(value.name)?.elements ?? 0)) wishes.set(value.name, reading);
    });
  }
  const permOf = ({ name, dims }: Value) => wishes.get(name)?.perm ?? identity(dims.length);
  return graph.nodes.map(({ output }, i) => ({
    perm: permOf(output),
    inputPerms: mapped[i].inputs.map((value, k) => {
      if (value === undefined) return [];
      return value.constant === undefined ? permOf(value) : (mapped[i].reads[k]?.perm ?? identity(value.dims.length));
    }),
  }));
}
