import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { namesPlaces } from "../ranges.ts";
import { wholeDims } from "./known.ts";
import { nodeOf, type Lowered, type Lowering, type Site } from "./lowering.ts";

/** Lengths of the axes along which the node's indices count, one for each place on the last axis of the indices of a GatherND. */
function lengthsOf({ node, attributes, inputs: [data, indices] }: Site): readonly number[] | undefined {
  const [dims, shape] = [wholeDims(data), wholeDims(indices)];
  if (dims === undefined || shape === undefined) return undefined;
  if (node.opType === "GatherND") {
    const batches = attributes.int("batch_dims", 0);
    return dims.slice(batches, batches + (shape.at(-1) ?? 0));
  }
  const axis = attributes.int("axis", 0);
  const length = dims.at(axis);
  return length === undefined ? undefined : [length];
}

/** The same elements of indices that lie within their axes: i − (i / n) · n, which is i or, of −n, 0. */
function wrapped({ node, inputs, value, named }: Site, lengths: readonly number[]): Lowered {
  const [data, indices] = node.input;
  const isWide = inputs[1]!.dtype === DType.int64;
  const numbers = isWide ? BigInt64Array.from(lengths, BigInt) : Int32Array.from(lengths);
  const divisor = value("lengths");
  const dims = lengths.length === 1 ? [] : [lengths.length];
  const constants = [constantOf(divisor, { dtype: isWide ? DType.int64 : DType.int32, dims, data: new Uint8Array(numbers.buffer) })];
  const within = value("within");
  const [quotient, multiple] = [value("quotient"), value("multiple")];
  const nodes = [
    nodeOf(named("quotient"), "Div", [indices, divisor], quotient),
    nodeOf(named("multiple"), "Mul", [quotient, divisor], multiple),
    nodeOf(named("within"), "Sub", [indices, multiple], within),
    nodeOf(node.name, node.opType, [data, within], node.output[0], node.attribute),
  ];
  return { nodes, constants };
}

/**
 * An index i that may be out of range names element i mod n, as one from −n to −1 does anyway. Rationale: the runtime gives up on
 * such an index; of a job that nobody can recompute its operator could claim anything.
 */
const within = (op: string, since: number): Lowering => ({
  onnx: { [op]: { since, shapedBy: "shapes" } },
  into: ["Div", "Mul", "Sub", op],
  keeps: "every bit",
  where: "its indices are computed and may be out of range: they are taken modulo the length of their axis",
  rewrite(site) {
    const indices = site.inputs[1];
    if (indices === undefined || indices.constant !== undefined || (indices.dtype !== DType.int64 && indices.dtype !== DType.int32)) return undefined;
    const lengths = lengthsOf(site);
    if (lengths === undefined || lengths.length === 0 || lengths.includes(0)) return undefined;
    const isSafe = lengths.every((length, k) => namesPlaces(site.ranges(site.node.input[1], k, lengths.length), length));
    return isSafe ? undefined : wrapped(site, lengths);
  },
});

export const gather = within("Gather", 1);
export const gatherElements = within("GatherElements", 11);
export const gatherND = within("GatherND", 11);
