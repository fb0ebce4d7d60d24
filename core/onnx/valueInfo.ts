import { create } from "@bufbuild/protobuf";
import { TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema, type ValueInfoProto } from "./onnx_pb.js";

/** A value's name and type, as a graph declares them. */
export function valueInfoOf({ name, dtype, dims }: { readonly name: string; readonly dtype: number; readonly dims: readonly (number | bigint)[] }): ValueInfoProto {
  const dim = dims.map((size) => create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }));
  const tensor = create(TypeProto_TensorSchema, { elemType: dtype, shape: create(TensorShapeProtoSchema, { dim }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }) });
}
