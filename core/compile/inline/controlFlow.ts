import { refuse, Refusal, type Fault } from "../../faults.ts";
import { isStandardDomain, type OnnxModel } from "../../onnx/model.ts";
import type { NodeProto } from "../../onnx/onnx_pb.js";
import type { Runtime } from "../../runtime.ts";
import { takeBranch } from "./conditional.ts";
import { unrollLoop } from "./loop.ts";
import { unrollScan } from "./scan.ts";
import { SEQUENCES } from "./sequences.ts";
import { freshNames } from "../freshNames.ts";
import { allNames, hoistConstants, leadingTo, withoutConstants } from "./subgraphs.ts";
import type { Settled } from "./settled.ts";
import { Unroller } from "./unroller.ts";
import type { TypesOf } from "./valuation.ts";

type Visit = (node: NodeProto, unroller: Unroller) => Promise<void> | void;

const CONTROL: Readonly<Record<string, Visit>> = { If: takeBranch, Loop: unrollLoop, Scan: unrollScan, ...SEQUENCES };

/** How many inputs a node has at least, where that is not one. */
const LEAST_INPUTS: Readonly<Record<string, number>> = { SequenceEmpty: 0, Optional: 0, OptionalHasElement: 0, SequenceInsert: 2, SequenceAt: 2 };

/** Whether a node decides what is run, or works on values that are no tensors. */
export const isControl = ({ domain, opType }: NodeProto): boolean => isStandardDomain(domain) && Object.hasOwn(CONTROL, opType);

/** What became of the nodes that decide what is run. */
export interface Inlined {
  /** Of those that stay as they are. */
  readonly faults: readonly Fault[];
  readonly settled: readonly Settled[];
}

/**
 * Leaves of branches, loops and sequences what they come to: the branch that is taken, or a choice between both, the body as often as
 * it is run, tensors by their places. Gives a fault for every other such node, which stays as it is.
 */
export async function inlineControlFlow(model: OnnxModel, runtime: Runtime, typesOf: TypesOf): Promise<Inlined> {
  const { graph } = model;
  if (!graph.node.some(isControl)) return { faults: [], settled: [] };
  const names = freshNames(allNames(graph));
  hoistConstants(graph, names);
  graph.node = withoutConstants(graph.node, (tensor) => graph.initializer.push(tensor));
  const left = new Map<NodeProto, readonly Fault[]>();
  const unroller = new Unroller(model, runtime, typesOf, async (node, own) => {
    if (node.opType === "Identity" && isStandardDomain(node.domain)) own.bind(node.output[0], node.input[0]);
    else if (!isControl(node)) return false;
    else return await attempt(node, own, left);
    return true;
  });
  await unroller.take(graph.node);
  const outputs = graph.output.map(({ name }) => name);
  graph.node = leadingTo(unroller.nodes, outputs);
  const found = graph.node.flatMap((node) => left.get(node) ?? []);
  const sequences = outputs.filter((name) => unroller.sequence(name) !== undefined);
  const faults = [
    ...once(found),
    ...sequences.map((name) => ({ name, op: "", why: "the output is a sequence of tensors: those of a program are tensors" })),
  ];
  return { faults, settled: once(unroller.settled) };
}

/** A body that was written many times says the same as often. */
const once = <T>(told: readonly T[]): T[] => [...new Map(told.map((each) => [JSON.stringify(each), each])).values()];

/** Whether a node could be left out; if not, the reason is noted. */
async function attempt(node: NodeProto, unroller: Unroller, left: Map<NodeProto, readonly Fault[]>): Promise<boolean> {
  const before = left.size;
  try {
    const least = LEAST_INPUTS[node.opType] ?? 1;
    if (node.input.length < least) refuse(`it has ${node.input.length} inputs, where ${least} is the least`);
    await CONTROL[node.opType](node, unroller);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What keeps nodes of its bodies from being left out may be why.
    const inner = [...left.values()].slice(before).flat();
    left.set(node, [...inner, { name: unroller.sourceName(node), op: node.opType, why: error.message }]);
    return false;
  }
}
