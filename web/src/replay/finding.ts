import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { differingElements } from "../../../core/dispute/elements.ts";
import { constantTrees } from "../../../core/dispute/evidence.ts";
import { toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { isRooted } from "../../../core/program/jobOutput.ts";
import { inputIds, outputId } from "../../../core/program/program.ts";
import type { Node } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { cut } from "../../../sdk/verify/judge.ts";
import { isPadding, showElement } from "./element.ts";
import type { Examination, ReplayCase } from "./examination.ts";
import type { OwnRun } from "./ownRun.ts";
import { knownBy, wholly, type Known, type ShownProof } from "./proof.ts";
import type { ServedTensors } from "./served.ts";
import type { TensorMark } from "./tensors.ts";

type Found = Pick<Examination, "element" | "padded">;
const NOTHING: Found = { element: undefined, padded: undefined };

/** What is known when a wrong element is looked for. */
export interface Search {
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
export function proved(model: CompiledModel, shown: readonly ShownProof[]): Found {
  const { node: index, element, output } = shown[shown.length - 1];
  const node = model.program.nodes[index];
  if (isPadding(node.output, element)) return { ...NOTHING, padded: index };
  const constant = constantsOf(model);
  const inputs = node.inputs.map((tensor, i) => tensor && (constant(tensor) ?? knownBy(tensor, shown.map((proof) => proof.inputs[i]))));
  return { ...NOTHING, element: { ...showElement(node, index, element, knownBy(node.output, [output]), inputs), foundBy: "proof" } };
}

/** The first wrong element of the first tensor that differs though all that it is computed from agrees. */
export async function searched(search: Search): Promise<Found> {
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
