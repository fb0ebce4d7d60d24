import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { rebuildByInference } from "../../../core/compile/rebuild.ts";
import { differingElements } from "../../../core/dispute/elements.ts";
import { constantTrees } from "../../../core/dispute/evidence.ts";
import { tensorRoot, toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { isRooted } from "../../../core/program/jobOutput.ts";
import { inputIds, outputId, tracedTensors } from "../../../core/program/program.ts";
import type { Node } from "../../../core/program/types.ts";
import { oddBool } from "../../../core/tensor/bools.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import type { FetchFile } from "../../../sdk/files.ts";
import { cut } from "../../../sdk/verify/judge.ts";
import { modelGraph } from "../graph/modelGraph.ts";
import { isPadding, showElement } from "./element.ts";
import type { Examination, ReplayCase } from "./examination.ts";
import { runBeside, type OwnRun } from "./ownRun.ts";
import { decodeProof, knownBy, wholly, type Known, type ShownProof } from "./proof.ts";
import { ServedTensors } from "./served.ts";
import { learnProof, markTensors, traceOf, type TensorMark } from "./tensors.ts";
import { shownValues } from "./values.ts";

type Found = Pick<Examination, "element" | "padded">;
const NOTHING: Found = { element: undefined, padded: undefined };

/**
 * Looks into a dispute: replays the run beside the operator's, compares the tensors that it committed to, and recomputes the element
 * that was proved wrong, or without a proof the first wrong one that is found. Throws where the files do not make the version's program.
 */
export async function examine(given: ReplayCase, fetchFile: FetchFile, onNode: (done: number, all: number) => void = () => undefined): Promise<Examination> {
  const model = rebuildByInference(given.canonical, given.programFile);
  if (model.root !== given.programRoot) throw new Error(`the published files make a program with the root ${model.root}, the version has ${given.programRoot}`);
  const { program } = model;
  const tensors = tracedTensors(program);
  const { opened } = given;
  const shown = given.proof === undefined ? [] : [...given.proof.pieces, given.proof.conclusion].map(decodeProof);
  const served = opened && new ServedTensors(program, opened.uri, fetchFile);
  const before = opened && (await committedRoots(model, given, shown, [], served));
  const { run, why } = await replay(model, given, async (id) => {
    const root = before?.[id];
    return root === undefined ? undefined : served?.rowMajor(id, root);
  }, onNode);
  const own = tensors.map((tensor, id) => run.trace[id] && tensorRoot(tensor, run.trace[id]));
  const committed = (await committedRoots(model, given, shown, own, undefined, before)) ?? [];
  const marks = markTensors(program, committed, own, run.adopted);
  const search = { model, given, run, marks, committed, served };
  const found = shown.length === 0 ? await searched(search) : proved(model, shown);
  return {
    graph: modelGraph(program, model.tensors),
    marks,
    inputs: program.inputs.map((spec, id) => shownValues(id, spec, given.input && cut(program.inputs, given.input)?.[id], undefined)),
    outputs: outputsOf(model, given, run),
    run: { isWhole: why === undefined, detail: why ?? `all ${program.nodes.length} nodes were recomputed here` },
    ...found,
  };
}

/** The roots that the operator committed to, as far as the chain, what it serves, and their agreement with one's own tell them. */
async function committedRoots(
  { program }: CompiledModel,
  { opened }: ReplayCase,
  proofs: readonly ShownProof[],
  own: readonly (string | undefined)[],
  served?: ServedTensors,
  known?: readonly (string | undefined)[],
): Promise<(string | undefined)[] | undefined> {
  if (opened === undefined) return undefined;
  const ids = Array.from({ length: program.tensorCount }, (_, id) => id);
  if (known?.every((root) => root !== undefined) === true) return [...known];
  const trace = traceOf(opened, ids.map((id) => own[id]));
  for (const proof of proofs) learnProof(trace, program, proof);
  const isMissing = (): boolean => ids.some((id) => trace.tensor(id) === undefined);
  if (served !== undefined && isMissing()) await served.learnRoots(trace);
  return ids.map((id) => known?.[id] ?? trace.tensor(id));
}

/** One's own run, and why it is not whole. */
async function replay(
  model: CompiledModel,
  { input, mostWork }: ReplayCase,
  adopt: (id: number) => Promise<Uint8Array | undefined>,
  onNode: (done: number, all: number) => void,
): Promise<{ run: OwnRun; why: string | undefined }> {
  const none = (why: string) => ({ run: { trace: [], adopted: new Set<number>(), open: [] }, why });
  const { program } = model;
  if (input === undefined) return none("nobody serves the job's input");
  const inputs = cut(program.inputs, input);
  if (inputs === undefined) return none(`the input has ${input.length} bytes, which is no input of the model`);
  if (oddBool(program.inputs, inputs) !== undefined) return none("the input has a byte that is no bool, of which every processor makes something else");
  if (model.work > mostWork) return none(`the run takes ${model.work.toLocaleString("en")} steps, more than the ${mostWork.toLocaleString("en")} that are replayed here`);
  const run = await runBeside(model, inputs, adopt, onNode);
  return { run, why: run.open[0] };
}

function outputsOf({ program }: CompiledModel, { output }: ReplayCase, { trace }: OwnRun) {
  const claimed = output === undefined || isRooted(program) ? undefined : cut(program.outputs, output);
  return program.outputs.map((spec, i) => shownValues(spec.id, spec, claimed?.[i], trace[spec.id]));
}

interface Search {
  readonly model: CompiledModel;
  readonly given: ReplayCase;
  readonly run: OwnRun;
  readonly marks: readonly TensorMark[];
  readonly committed: readonly (string | undefined)[];
  readonly served: ServedTensors | undefined;
}

/** Constants of the model, in commit order. */
function constantsOf(model: CompiledModel): (tensor: Tensor) => Known | undefined {
  const trees = constantTrees(model.program, (node, input) => model.constant(node, input));
  return ({ source }) => (source.kind === "constant" ? wholly(trees(source.root).data) : undefined);
}

/** The element of a proof, out of what its transactions showed. */
function proved(model: CompiledModel, shown: readonly ShownProof[]): Found {
  const { node: index, element, output } = shown[shown.length - 1];
  const node = model.program.nodes[index];
  if (isPadding(node.output, element)) return { ...NOTHING, padded: index };
  const constant = constantsOf(model);
  const inputs = node.inputs.map((tensor, i) => tensor && (constant(tensor) ?? knownBy(tensor, shown.map((proof) => proof.inputs[i]))));
  return { ...NOTHING, element: { ...showElement(node, index, element, knownBy(node.output, [output]), inputs), foundBy: "proof" } };
}

/** The first wrong element of the first tensor that differs though all that it is computed from agrees. */
async function searched(search: Search): Promise<Found> {
  const { model, marks, run } = search;
  const { nodes } = model.program;
  const index = nodes.findIndex((node) => marks[outputId(node)] === "differs");
  if (index < 0 || inputIds(nodes[index]).some((id) => run.trace[id] === undefined)) return NOTHING;
  const node: Node = nodes[index];
  const theirs = await claimedTensor(search, outputId(node));
  if (theirs === undefined) return NOTHING;
  const mine = toCommitOrder(node.output, run.trace[outputId(node)]!);
  const constant = constantsOf(model);
  const inputOf = (tensor: Tensor): Known | undefined => (tensor.source.kind === "computed" ? wholly(toCommitOrder(tensor, run.trace[tensor.source.id]!)) : constant(tensor));
  const inputs = node.inputs.map((tensor) => tensor && inputOf(tensor));
  for (const element of differingElements(node.output, mine, theirs)) {
    return { ...NOTHING, element: { ...showElement(node, index, element, wholly(theirs), inputs), foundBy: "replay" } };
  }
  return NOTHING;
}

/** An operator's tensor in commit order: of an output that was submitted everybody has it, others the operator may serve. */
async function claimedTensor({ model: { program }, given: { output }, served, committed }: Search, id: number): Promise<Uint8Array | undefined> {
  const place = program.outputs.findIndex((spec) => spec.id === id);
  const outputs = place < 0 || output === undefined || isRooted(program) ? undefined : cut(program.outputs, output);
  if (outputs !== undefined) return outputs[place];
  const root = committed[id];
  return root === undefined ? undefined : served?.tensor(id, root);
}
