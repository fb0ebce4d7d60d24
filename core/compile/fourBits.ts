import { isStandardDomain, namesRead, type OnnxModel } from "../onnx/model.ts";
import type { TensorProto } from "../onnx/onnx_pb.js";
import { constantOf } from "../onnx/tensor.ts";
import { DType } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";

/** ONNX's codes of integers of 2 and 4 bits: how many bits, and whether signed. */
const NARROW: ReadonlyMap<number, { readonly bits: number; readonly signed: boolean }> = new Map([
  [21, { bits: 4, signed: false }],
  [22, { bits: 4, signed: true }],
  [25, { bits: 2, signed: false }],
  [26, { bits: 2, signed: true }],
]);

/**
 * Lets constants of 2 and 4 bits be bytes where only DequantizeLinear reads them: it computes the same of them. No tensor of a
 * program has elements that small.
 */
export function widenFourBits({ graph }: OnnxModel): void {
  const narrow = new Map(graph.initializer.filter(({ dataType }) => NARROW.has(dataType)).map((tensor) => [tensor.name, tensor]));
  if (narrow.size === 0) return;
  for (const { name } of graph.output) narrow.delete(name);
  // A DequantizeLinear whose numbers and zero points are not both such constants is refused as it is.
  for (let before = -1; before !== narrow.size; ) {
    before = narrow.size;
    for (const node of graph.node) {
      const parts = [node.input[0], node.input[2] ?? ""].filter((name) => name !== "");
      const isRead = isStandardDomain(node.domain) && node.opType === "DequantizeLinear" && parts.every((name) => narrow.has(name));
      if (!isRead) for (const name of namesRead(node)) narrow.delete(name);
    }
  }
  graph.initializer = graph.initializer.map((tensor) => (narrow.has(tensor.name) ? unpacked(tensor) : tensor));
}

/** The same numbers in bytes. The first of those that share a byte is in its low bits. */
function unpacked({ name, dims, dataType, rawData, int32Data }: TensorProto): TensorProto {
  const { bits, signed } = NARROW.get(dataType)!;
  const bytes = rawData.length > 0 ? rawData : Uint8Array.from(int32Data);
  const [perByte, unused] = [8 / bits, 32 - bits];
  const shape = dims.map(Number);
  const data = Uint8Array.from({ length: sizeOf(shape) }, (_, i) => {
    const raised = (bytes[Math.floor(i / perByte)] >> (bits * (i % perByte))) << unused;
    return signed ? raised >> unused : raised >>> unused;
  });
  return constantOf(name, { dtype: signed ? DType.int8 : DType.uint8, dims: shape, data });
}
