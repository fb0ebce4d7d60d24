/** Models made for measuring: seeded random weights, so that the figures repeat. */
import { create } from "@bufbuild/protobuf";
import { Random } from "../../core/math/random.ts";
import { encodeModel } from "../../core/onnx/model.ts";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
  type TensorProto,
} from "../../core/onnx/onnx_pb.js";
import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";

export type NumberKind = "float32" | "int8";

/** One padded, square convolution with stride 1. */
interface Convolution {
  filters: number;
  kernel: number;
}

/**
 * Convolutions one after the other on a square map. The graph's own input and output are row-major; the maps between
 * them have the layout that the compiler chooses, as inside any network.
 */
export function convolutions(kind: NumberKind, channels: number, side: number, layers: readonly Convolution[]): Uint8Array {
  const random = new Random(1);
  const constants: TensorProto[] = [];
  const constant = (dataType: number, dims: readonly number[], rawData: Uint8Array): string => {
    const name = `c${constants.length}`;
    constants.push(create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData }));
    return name;
  };
  const floats = (dims: readonly number[], draw: () => number): string =>
    constant(DType.float32, dims, new Uint8Array(Float32Array.from({ length: sizeOf(dims) }, draw).buffer));
  const int8 = (dims: readonly number[], draw: () => number): string =>
    constant(DType.int8, dims, Uint8Array.from({ length: sizeOf(dims) }, () => draw() & 0xff));
  const scale = (value: number): string => floats([], () => value);
  const zero = (): string => int8([], () => 0);

  let depth = channels;
  const node = layers.map(({ filters, kernel }, i): NodeProto => {
    const w = [filters, depth, kernel, kernel];
    const spread = Math.sqrt(2 / (depth * kernel * kernel));
    depth = filters;
    const pads = create(AttributeProtoSchema, { name: "pads", type: 7, ints: Array<bigint>(4).fill(BigInt((kernel - 1) / 2)) });
    const float = kind === "float32";
    const operands = float
      ? [floats(w, () => random.normal() * spread), floats([filters], () => random.normal())]
      : [scale(0.02), zero(), int8(w, () => Math.floor(random.unit() * 255) - 127), scale(spread / 100), zero(), scale(0.02), zero()];
    return create(NodeProtoSchema, {
      name: `conv${i}`,
      opType: float ? "Conv" : "QLinearConv",
      input: [`t${i}`, ...operands],
      output: [`t${i + 1}`],
      attribute: [pads],
    });
  });

  const elemType = DType[kind];
  const value = (name: string, dims: readonly number[]) => {
    const dim = dims.map((size) => create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }));
    const tensor = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) });
    return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }) });
  };
  return encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: 17n })],
      graph: create(GraphProtoSchema, {
        name: "bench",
        node,
        initializer: constants,
        input: [value("t0", [1, channels, side, side])],
        output: [value(`t${layers.length}`, [1, depth, side, side])],
      }),
    }),
  );
}

/** The measured convolution, 3×3 with four filters, is the second of two. */
export const productModel = (kind: NumberKind, channels: number): Uint8Array =>
  convolutions(kind, 4, 5, [
    { filters: channels, kernel: 1 },
    { filters: 4, kernel: 3 },
  ]);

/** 256 bytes in and out, as in the digit models, and 1.5 billion products between: more than 10 ms on one core. */
export const inferenceModel = (): Uint8Array =>
  convolutions("float32", 1, 8, [...Array<Convolution>(40).fill({ filters: 256, kernel: 3 }), { filters: 1, kernel: 1 }]);
