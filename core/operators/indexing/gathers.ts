import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { rowMajorStrides, sizeOf } from "../../tensor/shape.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { axisOf, maxInputs, sameDims, shapeOf } from "../reading/requirements.ts";
import { operands, taken } from "./places.ts";

/** The slices of the data along an axis that the indices name. */
function readGather(node: GraphNode): Mapped {
  maxInputs(node, 2);
  const { data, indices } = operands(node);
  if (data.dims.length === 0) refuse("a scalar has no axis to gather along");
  const axis = axisOf(node.attributes.int("axis", 0), data.dims.length);
  node.attributes.refuseOthers();
  const [outer, dim, inner] = [data.dims.slice(0, axis), data.dims[axis], data.dims.slice(axis + 1)];
  const stride = sizeOf(inner);
  const steps = [
    { dim: sizeOf(outer), inData: dim * stride, inIndices: 0 },
    { dim: sizeOf(indices.dims), inData: 0, inIndices: 1 },
    { dim: stride, inData: 1, inIndices: 0 },
  ];
  return taken(node, { indexed: [{ dim, stride }], steps }, [...outer, ...indices.dims, ...inner]);
}

/** One element for every index, at its own coordinates but for one axis. */
function readGatherElements(node: GraphNode): Mapped {
  maxInputs(node, 2);
  const { data, indices } = operands(node);
  const rank = data.dims.length;
  if (rank === 0 || indices.dims.length !== rank) refuse(`its indices ${shapeOf(indices.dims)} and its data ${shapeOf(data.dims)} have no axes in common`);
  const axis = axisOf(node.attributes.int("axis", 0), rank);
  node.attributes.refuseOthers();
  if (indices.dims.some((dim, i) => i !== axis && dim > data.dims[i])) refuse(`its indices ${shapeOf(indices.dims)} reach beyond its data ${shapeOf(data.dims)}`);
  const [inData, inIndices] = [rowMajorStrides(data.dims), rowMajorStrides(indices.dims)];
  const steps = indices.dims.map((dim, i) => ({ dim, inData: i === axis ? 0 : inData[i], inIndices: inIndices[i] }));
  return taken(node, { indexed: [{ dim: data.dims[axis], stride: inData[axis] }], steps }, indices.dims);
}

/** The slices of the data that the coordinates along the last axis of the indices name, batch by batch. */
function readGatherND(node: GraphNode): Mapped {
  maxInputs(node, 2);
  const { data, indices } = operands(node);
  const batches = node.attributes.int("batch_dims", 0);
  node.attributes.refuseOthers();
  const [rank, last] = [data.dims.length, indices.dims.length - 1];
  const count = indices.dims[last] ?? 0;
  const batch = data.dims.slice(0, batches);
  if (batches < 0 || last < batches || count < 1 || batches + count > rank || !sameDims(batch, indices.dims.slice(0, batches))) {
    refuse(`its indices ${shapeOf(indices.dims)} do not name slices of its data ${shapeOf(data.dims)} in ${batches} batch dimensions`);
  }
  const strides = rowMajorStrides(data.dims);
  const indexed = Array.from({ length: count }, (_, k) => ({ dim: data.dims[batches + k], stride: strides[batches + k] }));
  const [named, slice] = [indices.dims.slice(batches, last), data.dims.slice(batches + count)];
  const steps = [
    { dim: sizeOf(batch), inData: sizeOf(data.dims.slice(batches)), inIndices: sizeOf(named) * count },
    { dim: sizeOf(named), inData: 0, inIndices: count },
    { dim: sizeOf(slice), inData: 1, inIndices: 0 },
  ];
  return taken(node, { indexed, steps }, [...batch, ...named, ...slice]);
}

const REFUSED = ["indices of other types than int32 and int64", "constant indices out of range, and computed ones that may be"];

export const GATHERS: Readonly<Record<string, OnnxForm>> = {
  Gather: { since: 1, shapedBy: "shapes", refused: REFUSED, read: readGather },
  GatherElements: { since: 11, shapedBy: "shapes", refused: REFUSED, read: readGatherElements },
  GatherND: { since: 11, shapedBy: "shapes", refused: REFUSED, read: readGatherND },
};
