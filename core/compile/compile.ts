import type { Runtime } from "../runtime.ts";
import { CompileError, Faults, RuntimeEnded } from "../faults.ts";
import { encodeModel } from "../onnx/model.ts";
import type { LabelledFile } from "./labels.ts";
import { readCanonical } from "./canonicalForm.ts";
import { canonicalise } from "./canonicalise.ts";
import { unknownNodes } from "./foreign.ts";
import type { Choice } from "./choice.ts";
import { CompiledModel } from "./compiledModel.ts";
import { describeDifference, differences, insteadOf, runsFor, type Difference, type Runs } from "./difference.ts";
import { findArithmetics } from "./arithmetics.ts";
import type { Form } from "./form.ts";
import type { Value } from "../onnx/graphNode.ts";
import type { Graph } from "./graph.ts";
import { mapFile, workOf } from "./mapFile.ts";
import { valueTypes } from "./shapes.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { withoutBfloat16 } from "./precision.ts";
import type { OnProgress } from "./progress.ts";
import { requireProvable } from "./provable.ts";
import { bindingFaults, readSource, type Dims, type OpenExternal } from "./source.ts";
import { inSourceTerms, sourceNodes } from "./sourceTerms.ts";
import { requireSmall } from "./largeTensors.ts";
import type { TensorSpec } from "../tensor/tensor.ts";
import { findThreads } from "./threads.ts";

export interface CompileOptions {
  readonly runtime: Runtime;
  /** Sizes of symbolic dimensions. */
  readonly dims?: Dims;
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

/**
 * Compiles an ONNX file into the canonical file and its program (docs/protocol.md §1). Throws a CompileError that lists
 * every fault when the model cannot be taken.
 */
export async function compile(file: Uint8Array, options: CompileOptions, onProgress: OnProgress = () => {}): Promise<CompiledModel> {
  const { external, dims = {}, form = "portable" } = options;
  onProgress({ stage: "canonicalise", done: 0, total: 1 });
  const read = await readSource(file, external, (model) => [...bindingFaults(model, dims), ...unknownNodes(model, form)]);
  const source: LabelledFile = form === "portable" ? { ...withoutBfloat16(read), labels: read.labels } : read;
  const nodes = sourceNodes(source.model);
  const unknown = unknownNodes(source.model, form);
  try {
    return await compileSource(source, options, onProgress);
  } catch (error) {
    if (!(error instanceof CompileError) || error instanceof RuntimeEnded) throw error;
    throw new CompileError(inSourceTerms(error.faults, nodes, unknown));
  }
}

async function compileSource(
  source: LabelledFile,
  { runtime, dims = {}, form = "portable", acceptDifference = false, samples }: CompileOptions,
  onProgress: OnProgress,
): Promise<CompiledModel> {
  const bytes = encodeModel(await canonicalise(source.model, { dims, runtime, form, acceptDifference }));
  // What is compiled is what anybody will read back: the bytes, parsed anew.
  const canonical = readCanonical(bytes);
  const { graph, mapped } = mapFile(canonical, await valueTypes(canonical.model, runtime));
  requireSmall(graph);
  onProgress({ stage: "canonicalise", done: 1, total: 1 });
  const given = form === "portable" ? samples?.(graph.inputs) : undefined;
  const runs = given ?? runsFor(form, graph.inputs, workOf(graph, mapped));
  const instead = given === undefined ? insteadOf(runs, graph.inputs) : undefined;
  const onRun = (done: number, total: number): void => onProgress({ stage: "compare", done, total });
  const found = await differences(source.bytes, canonical.bytes, graph, runs, runtime, onRun, instead);
  if (form === "source" && !acceptDifference) requireSame(found);
  const arithmetics = await findArithmetics(graph, mapped, runtime, onProgress);
  const threads = await findThreads(graph, mapped, runtime, onProgress);
  onProgress({ stage: "commit", done: 0, total: 1 });
  const layouts = layoutsOf(graph, mapped);
  const choices = arithmetics.map((arithmetic, i): Choice => ({ ...arithmetic, ...layouts[i] }));
  const compiled = new CompiledModel(canonical, graph, mapped, choices, { runtime: runtime.name, threads }, found, source.labels);
  requireProvable(compiled.program);
  onProgress({ stage: "commit", done: 1, total: 1 });
  return compiled;
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
