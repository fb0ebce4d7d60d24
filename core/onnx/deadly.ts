import type { NodeProto } from "./onnx_pb.js";

/** Why a node of the standard domain must not reach the runtime; undefined where it may. */
type Reason = (node: NodeProto, opset: number) => string | undefined;

/** The integers that a node states under a name; a damaged file may state several. */
const stated = ({ attribute }: NodeProto, name: string): bigint[] => attribute.filter((each) => each.name === name).map(({ i }) => i);

/**
 * A BatchNormalization in training mode normalises by the batch instead of its parameters; with unnamed outputs it writes where
 * nothing is. Below opset 14 more than one output is that mode, whether anybody reads the others or not.
 */
const training: Reason = (node, opset) => {
  const asked = stated(node, "training_mode").some((i) => i !== 0n);
  if (!asked && (opset >= 14 || node.output.length < 2)) return undefined;
  const why = asked ? "training_mode is set" : `below opset 14, ${node.output.length} outputs mean training mode`;
  return `${why}, which normalises by the batch; export the model for inference`;
};

/** Parts without a name, or more or fewer of them than it states, are looked for where they are not. */
const parts: Reason = (node) => {
  const unnamed = node.output.indexOf("");
  if (unnamed !== -1) return `its output ${unnamed + 1} has no name; name every part, read or not`;
  const count = stated(node, "num_outputs").find((i) => i !== BigInt(node.output.length));
  return count === undefined ? undefined : `num_outputs is ${count}, but it has ${node.output.length} outputs`;
};

/** Of a greater one the square is 0 in 64 bits, by which the channels are divided. */
const blocksize: Reason = (node) => {
  const size = stated(node, "blocksize").find((i) => i < 1n || i >= 2n ** 31n);
  return size === undefined ? undefined : `its blocksize ${size} is no size`;
};

/**
 * Nodes on which the runtime ends the process, be it when it infers shapes, by the operator.
 *
 * INVARIANT: none of them reaches it. Files are published by anybody, and who looks at one goes on living.
 */
const REASONS: ReadonlyMap<string, Reason> = new Map([
  ["BatchNormalization", training],
  ["Split", parts],
  ["DepthToSpace", blocksize],
  ["SpaceToDepth", blocksize],
]);

export const whyDeadly: Reason = (node, opset) => REASONS.get(node.opType)?.(node, opset);
