import { clone } from "@bufbuild/protobuf";
import { refuse, RuntimeEnded } from "../../faults.ts";
import { NodeProtoSchema, type GraphProto, type NodeProto } from "../../onnx/onnx_pb.js";
import { dtypeName, isDType } from "../../tensor/dtype.ts";
import { runtimeReason } from "../runtimeReason.ts";
import type { Settled } from "./settled.ts";
import { subgraphOf } from "./subgraphs.ts";
import type { Type } from "./valuation.ts";
import type { Unroller } from "./unroller.ts";

/** Since this opset there is Where. */
const WHERE = 9;

/** What the runtime says before the reason, once for every node around the one that fails; and how much of that is told. */
const STATUS = "Status Message: ";
const MOST_TOLD = 200;

/** An If whose condition is known becomes the branch that it takes; of another one both are computed, and one is chosen. */
export async function takeBranch(node: NodeProto, unroller: Unroller): Promise<void> {
  const condition = await unroller.number(node.input[0]);
  const outputs = condition === undefined ? await chosen(node, unroller) : await unroller.body(node, branchOf(node, condition !== 0), []);
  node.output.forEach((name, i) => unroller.bind(name, outputs[i] ?? refuse(`its branch has no output ${i + 1}`)));
}

const branchOf = (node: NodeProto, isThen: boolean): GraphProto =>
  subgraphOf(node, isThen ? "then_branch" : "else_branch") ?? refuse("it has no branch for its condition");

/** What one branch gives; undefined in the place of types where the runtime gives up on it. */
interface Branch {
  readonly isThen: boolean;
  readonly outputs: readonly string[];
  readonly types: readonly Type[] | undefined;
  /** Its own Ifs of which one branch is left out. */
  readonly settled: readonly Settled[];
}

async function branch(node: NodeProto, isThen: boolean, unroller: Unroller): Promise<Branch> {
  const before = unroller.settled.length;
  const outputs = await unroller.body(node, branchOf(node, isThen), []);
  return { isThen, outputs, types: await typesOf(outputs, unroller), settled: unroller.settled.splice(before) };
}

/** Both branches, one behind the other, and for every output the one that the condition says. */
async function chosen(node: NodeProto, unroller: Unroller): Promise<readonly string[]> {
  if (unroller.opset < WHERE) refuse(`its condition is computed from the model's inputs, and there is no Where before opset ${WHERE}: convert the model to a later opset`);
  const [yes, no] = [await branch(node, true, unroller), await branch(node, false, unroller)];
  const [types, otherTypes] = [yes.types, no.types];
  if (types === undefined && otherTypes === undefined) return refuse("the runtime computes neither of its branches at these sizes");
  if (types === undefined || otherTypes === undefined) return settled(node, types === undefined ? [no, yes] : [yes, no], unroller);
  unroller.settled.push(...yes.settled, ...no.settled);
  const [condition] = (await typesOf([node.input[0]], unroller)) ?? [];
  return yes.outputs.map((name, i) => {
    if ((node.output[i] ?? "") === "") return name;
    const other = no.outputs[i] ?? refuse(`its branch has no output ${i + 1}`);
    if (name === other) return name;
    const [type, otherType] = [types[i], otherTypes[i]];
    if (type.dtype !== otherType.dtype || String(type.dims) !== String(otherType.dims) || type.dims.some((size) => typeof size !== "number")) {
      refuse(`its condition is computed from the model's inputs, and its branches give no tensors of one type and shape: output ${i + 1} is ${describe(type)} or ${describe(otherType)}`);
    }
    // One bool, of more axes than the output has, would give it more.
    const isWider = condition === undefined || condition.dims.length > type.dims.length;
    return unroller.node(node, "Where", [isWider ? unroller.node(node, "Squeeze", [node.input[0]]) : node.input[0], name, other]);
  });
}

const describe = ({ dtype, dims }: Type): string => `${isDType(dtype) ? dtypeName(dtype) : "no tensor of numbers"} [${dims.join(", ")}]`;

async function typesOf(names: readonly string[], unroller: Unroller): Promise<readonly Type[] | undefined> {
  if (names.some((name) => unroller.sequence(name) !== undefined)) refuse("its condition is computed from the model's inputs, and its branches give sequences of tensors");
  try {
    return await unroller.types(names);
  } catch (error) {
    if (error instanceof RuntimeEnded) throw error;
    return undefined;
  }
}

/**
 * The outputs of the branch that is left where no run can complete the other one.
 *
 * INVARIANT: a branch is left out only if every run that takes it fails. Kernels give up on shapes, which are bound, on integers, which
 * may be places and lengths, and on parameters. So of the branch that is left out none of these follows from the elements of inputs,
 * and one run of the file's own node, made to take it, fails: as that run does, every run does.
 */
async function settled(node: NodeProto, [{ isThen, outputs, settled: inner }, out]: readonly [Branch, Branch], unroller: Unroller): Promise<readonly string[]> {
  const forced = clone(NodeProtoSchema, node);
  forced.input = [unroller.boolean(node, !isThen)];
  const failure = await unroller.failure(forced, out.outputs);
  const [other, kept] = isThen ? ["else_branch", "then_branch"] : ["then_branch", "else_branch"];
  if (failure === undefined) refuse(`its condition is computed from the model's inputs, and its ${other} is computed at these sizes on some values and on others not`);
  unroller.settled.push(...inner, {
    name: unroller.sourceName(node),
    isThen,
    why: `at these sizes no run of the file that takes its ${other} has a result (${runtimeReason(failure).split(STATUS).at(-1)!.slice(0, MOST_TOLD)}): the program computes its ${kept}, whatever the condition says`,
  });
  return outputs;
}
