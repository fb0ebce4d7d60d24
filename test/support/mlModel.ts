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
  type AttributeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../../core/onnx/onnx_pb.js";

/** A number, which is float32 where its name says so or it is a threshold, a text, or a list of float32 numbers, whole ones or texts. */
export type MlAttribute = number | string | readonly number[] | Float32Array | readonly string[] | TensorProto;

export interface MlNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, MlAttribute | undefined>>;
  /** That of ai.onnx.ml unless another one is given. */
  readonly domain?: string;
}

export interface MlValue {
  readonly name: string;
  readonly dtype: number;
  readonly dims?: readonly number[];
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function attributeOf(name: string, value: MlAttribute): AttributeProto {
  if (typeof value === "number" && /_float$|^threshold$/.test(name)) return create(AttributeProtoSchema, { name, type: 1, f: value });
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) });
  if (typeof value === "string") return create(AttributeProtoSchema, { name, type: 3, s: utf8(value) });
  if (value instanceof Float32Array) return create(AttributeProtoSchema, { name, type: 6, floats: [...value] });
  if (!Array.isArray(value)) return create(AttributeProtoSchema, { name, type: 4, t: value as TensorProto });
  if (typeof value[0] === "string") return create(AttributeProtoSchema, { name, type: 8, strings: (value as string[]).map(utf8) });
  return create(AttributeProtoSchema, { name, type: 7, ints: (value as number[]).map(BigInt) });
}

/** A tensor of float32, float64 or int64, or of bytes, as an attribute or a constant. */
export const tensorOf = (name: string, dims: readonly number[], values: Float32Array | Float64Array | BigInt64Array | Uint8Array): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: values instanceof Float32Array ? 1 : values instanceof Float64Array ? 11 : values instanceof BigInt64Array ? 7 : 2,
    dims: dims.map(BigInt),
    rawData: new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength)),
  });

function valueOf({ name, dtype, dims }: MlValue): ValueInfoProto {
  const dim = dims?.map((size) => create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }));
  const tensor = create(TypeProto_TensorSchema, { elemType: dtype, ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }) });
}

/** A model of operators of ai.onnx.ml, whose version is 3 unless another one is given. */
export function mlModel(given: {
  readonly nodes: readonly MlNode[];
  readonly inputs: readonly MlValue[];
  readonly outputs: readonly MlValue[];
  readonly constants?: readonly TensorProto[];
  readonly version?: number;
  readonly opset?: number;
}): Uint8Array {
  const { nodes, inputs, outputs, constants = [], version = 3, opset = 17 } = given;
  const imports = [["", opset], ["ai.onnx.ml", version]] as const;
  return encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: imports.map(([domain, number]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(number) })),
      graph: create(GraphProtoSchema, {
        name: "graph",
        node: nodes.map(({ op, inputs: input, outputs: output, attributes = {}, domain = "ai.onnx.ml" }) =>
          create(NodeProtoSchema, {
            name: output[0],
            opType: op,
            domain,
            input: [...input],
            output: [...output],
            attribute: Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [attributeOf(name, value)])),
          }),
        ),
        initializer: [...constants],
        input: inputs.map(valueOf),
        output: outputs.map(valueOf),
      }),
    }),
  );
}
