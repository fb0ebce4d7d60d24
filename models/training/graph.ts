import { create } from "@bufbuild/protobuf";
import { floatAttribute, integerAttribute, integersAttribute, stringAttribute } from "../../core/compile/lower/lowering.ts";
import { encodeModel } from "../../core/onnx/model.ts";
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, type NodeProto, type TensorProto } from "../../core/onnx/onnx_pb.js";
import { constantOf } from "../../core/onnx/tensor.ts";
import { valueInfoOf } from "../../core/onnx/valueInfo.ts";
import { DType } from "../../core/tensor/dtype.ts";

/** Integers as they are; a number that is not meant as an integer says so. */
type AttributeValue = number | string | readonly number[] | { readonly float: number };

const [OPSET, IR_VERSION] = [20, 9n];

/** A float32 value and its shape. */
interface Spec {
  readonly name: string;
  readonly dims: readonly number[];
}

/** A float32 graph with trained weights. Every node has one value, of its own name; what appends a node or a constant returns that name. */
export class Graph {
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];

  node(name: string, opType: string, input: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}, output: readonly string[] = [name]): string {
    const attribute = Object.entries(attributes).map(attributeOf);
    this.#nodes.push(create(NodeProtoSchema, { name, opType, input: [...input], output: [...output], attribute }));
    return name;
  }

  floats(name: string, dims: readonly number[], values: ArrayLike<number>): string {
    return this.#constant(name, DType.float32, dims, Float32Array.from(values));
  }

  integers(name: string, values: readonly number[]): string {
    return this.#constant(name, DType.int64, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** The bytes of the model. */
  model(name: string, input: Spec, output: Spec): Uint8Array {
    const [given, made] = [input, output].map((spec) => valueInfoOf({ ...spec, dtype: DType.float32 }));
    return encodeModel(
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: "opengradient-optimistic",
        opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(OPSET) })],
        graph: create(GraphProtoSchema, { name, node: this.#nodes, initializer: this.#constants, input: [given], output: [made] }),
      }),
    );
  }

  #constant(name: string, dtype: DType, dims: readonly number[], { buffer }: Float32Array | BigInt64Array): string {
    this.#constants.push(constantOf(name, { dtype, dims, data: new Uint8Array(buffer) }));
    return name;
  }
}

function attributeOf([name, value]: [string, AttributeValue]) {
  if (typeof value === "number") return integerAttribute(name, value);
  if (typeof value === "string") return stringAttribute(name, value);
  return "float" in value ? floatAttribute(name, value.float) : integersAttribute(name, value);
}
