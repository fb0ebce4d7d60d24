import { create } from "@bufbuild/protobuf";
import { Random } from "../../../core/math/random.ts";
import { encodeModel } from "../../../core/onnx/model.ts";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from "../../../core/onnx/onnx_pb.js";
import { constantOf } from "../../../core/onnx/tensor.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";

/** Integers as they are; a number that is not meant as an integer says so. */
type AttributeValue = number | readonly number[] | { readonly float: number };

/** Opset from which on ReduceMean takes its axes as an input. */
const AXES_ARE_INPUT = 18;

/** A float32 graph with seeded random weights. What appends a node or a constant returns the name of its value. */
export class Graph {
  readonly opset: number;
  readonly #random: Random;
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];

  constructor(opset: number, seed = 1) {
    this.opset = opset;
    this.#random = new Random(seed);
  }

  node(opType: string, input: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    const name = `${opType}_${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(attributeOf);
    this.#nodes.push(create(NodeProtoSchema, { name, opType, input: [...input], output: [name], attribute }));
    return name;
  }

  floats(dims: readonly number[], values: ArrayLike<number>): string {
    return this.#constant(DType.float32, dims, Float32Array.from(values));
  }

  scalar(value: number): string {
    return this.floats([], [value]);
  }

  integers(...values: number[]): string {
    return this.#constant(DType.int64, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Normally distributed numbers. */
  normal(dims: readonly number[], deviation: number, mean = 0): string {
    return this.floats(dims, Float32Array.from({ length: sizeOf(dims) }, () => mean + deviation * this.#random.normal()));
  }

  /** Uniformly distributed numbers. */
  uniform(dims: readonly number[], low: number, high: number): string {
    return this.floats(dims, Float32Array.from({ length: sizeOf(dims) }, () => low + (high - low) * this.#random.unit()));
  }

  reduceMean(x: string, axis: number): string {
    return this.opset < AXES_ARE_INPUT
      ? this.node("ReduceMean", [x], { axes: [axis], keepdims: 0 })
      : this.node("ReduceMean", [x, this.integers(axis)], { keepdims: 0 });
  }

  /** The model's bytes, with one input and one output. The shape of the output is left to the runtime. */
  model(input: string, dims: readonly number[], output: string): Uint8Array {
    return encodeModel(
      create(ModelProtoSchema, {
        irVersion: 8n,
        opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(this.opset) })],
        graph: create(GraphProtoSchema, {
          name: "network",
          node: this.#nodes,
          initializer: this.#constants,
          input: [valueInfo(input, dims)],
          output: [valueInfo(output)],
        }),
      }),
    );
  }

  #constant(dtype: DType, dims: readonly number[], { buffer }: Float32Array | BigInt64Array): string {
    const name = `constant_${this.#constants.length}`;
    this.#constants.push(constantOf(name, { dtype, dims, data: new Uint8Array(buffer) }));
    return name;
  }
}

function attributeOf([name, value]: [string, AttributeValue]): AttributeProto {
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) });
  return "float" in value
    ? create(AttributeProtoSchema, { name, type: 1, f: value.float })
    : create(AttributeProtoSchema, { name, type: 7, ints: value.map(BigInt) });
}

function valueInfo(name: string, dims?: readonly number[]) {
  const dim = dims?.map((size) => create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }));
  const tensor = create(TypeProto_TensorSchema, { elemType: DType.float32, ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }) });
}
