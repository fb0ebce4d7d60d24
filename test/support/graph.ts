import { create } from "@bufbuild/protobuf";
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
} from "../../core/onnx/onnx_pb.js";
import type { DType } from "../../core/tensor/dtype.ts";

interface Spec {
  readonly name: string;
  readonly dtype: DType;
  /** Undefined where the file states none. */
  readonly dims: readonly number[] | undefined;
}

/** A value of float32; of an output the shape may be left open. */
export const float = (name: string, dims?: readonly number[]): Spec => ({ name, dtype: 1, dims });

/** An ONNX model of several nodes, whose attributes are lists of integers, integers or texts. */
export function graphModel(graph: {
  readonly inputs: readonly Spec[];
  readonly constants: readonly (Spec & { readonly raw: Uint8Array })[];
  readonly nodes: readonly (readonly [op: string, inputs: readonly string[], outputs: string | readonly string[], attributes?: Readonly<Record<string, number | readonly number[] | string>>])[];
  readonly outputs: readonly Spec[];
  readonly opset?: number;
}): Uint8Array {
  const value = ({ name, dtype, dims }: Spec) => {
    const dim = dims?.map((size) => create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }));
    const tensor = create(TypeProto_TensorSchema, { elemType: dtype, ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }) });
    return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }) });
  };
  const attribute = ([name, given]: [string, number | readonly number[] | string]) =>
    typeof given === "string"
      ? create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(given) })
      : typeof given === "number"
      ? create(AttributeProtoSchema, { name, type: 2, i: BigInt(given) })
      : create(AttributeProtoSchema, { name, type: 7, ints: given.map(BigInt) });
  return encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(graph.opset ?? 17) })],
      graph: create(GraphProtoSchema, {
        name: "graph",
        node: graph.nodes.map(([opType, input, outputs, attributes = {}]) => {
          const output = typeof outputs === "string" ? [outputs] : [...outputs];
          return create(NodeProtoSchema, { name: output[0], opType, input: [...input], output, attribute: Object.entries(attributes).map(attribute) });
        }),
        initializer: graph.constants.map(({ name, dtype, dims, raw }) =>
          create(TensorProtoSchema, { name, dataType: dtype, dims: (dims ?? []).map(BigInt), rawData: raw }),
        ),
        input: graph.inputs.map(value),
        output: graph.outputs.map(value),
      }),
    }),
  );
}
