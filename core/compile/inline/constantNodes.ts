import { isStandardDomain } from "../../onnx/model.ts";
import type { NodeProto, TensorProto } from "../../onnx/onnx_pb.js";
import { constantOf, type Constant } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";

const bytes = ({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(buffer);

/** What a Constant holds under the names that are no tensors. */
const FORMS: Readonly<Record<string, (attribute: NodeProto["attribute"][number]) => Constant>> = {
  value_float: ({ f }) => ({ dtype: DType.float32, dims: [], data: bytes(Float32Array.of(f)) }),
  value_floats: ({ floats }) => ({ dtype: DType.float32, dims: [floats.length], data: bytes(Float32Array.from(floats)) }),
  value_int: ({ i }) => ({ dtype: DType.int64, dims: [], data: bytes(BigInt64Array.of(i)) }),
  value_ints: ({ ints }) => ({ dtype: DType.int64, dims: [ints.length], data: bytes(BigInt64Array.from(ints)) }),
};

/** The tensor of a node that is a constant, under the name of its output; undefined where it is none, or one of another kind. */
export function readConstantNode({ domain, opType, attribute, output }: NodeProto): TensorProto | undefined {
  if (!isStandardDomain(domain) || opType !== "Constant" || attribute.length !== 1 || attribute[0].refAttrName !== "") return undefined;
  const [only] = attribute;
  if (only.name === "value" && only.t !== undefined) return Object.assign(only.t, { name: output[0] });
  return Object.hasOwn(FORMS, only.name) ? constantOf(output[0], FORMS[only.name](only)) : undefined;
}
