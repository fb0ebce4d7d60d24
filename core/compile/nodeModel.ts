import { create } from "@bufbuild/protobuf";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import { encodedParts } from "../onnx/encode.ts";
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema } from "../onnx/onnx_pb.js";
import { constantOf } from "../onnx/tensor.ts";
import { valueInfoOf } from "../onnx/valueInfo.ts";
import type { Runtime, RuntimeTensor } from "../runtime.ts";

/** The values, each name once. */
export const distinct = (values: readonly (Value | undefined)[]): Value[] => [
  ...new Map(values.flatMap((value) => (value === undefined ? [] : [[value.name, value] as const]))).values(),
];

const isComputed = ({ constant }: Value): boolean => constant === undefined;

/**
 * The bytes, in parts, of a model of that node alone.
 * @param inputs what it reads, each once
 * @param dataOf row-major bytes of one that is a constant
 */
export function encodeNode(node: GraphNode, inputs: readonly Value[], dataOf: (value: Value) => Uint8Array): Uint8Array[] {
  const constants = inputs.filter((value) => !isComputed(value));
  return encodedParts(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(node.opset) })],
      graph: create(GraphProtoSchema, {
        name: "node",
        node: [node.proto],
        input: inputs.filter(isComputed).map(valueInfoOf),
        output: [valueInfoOf(node.output)],
        initializer: constants.map((value) => constantOf(value.name, { dtype: value.dtype, dims: value.dims, data: dataOf(value) })),
      }),
    }),
  );
}

/** What such a model is fed with. */
export const feedsOf = (inputs: readonly Value[], dataOf: (value: Value) => Uint8Array): Map<string, RuntimeTensor> =>
  new Map(inputs.filter(isComputed).map((value) => [value.name, { dtype: value.dtype, dims: value.dims, data: dataOf(value) }]));

/**
 * Runs one node in the canonical way on given values.
 * @param valueOf row-major bytes of a computed input
 */
export async function runNode(node: GraphNode, runtime: Runtime, valueOf: (value: Value) => Uint8Array): Promise<Uint8Array> {
  const inputs = distinct(node.inputs);
  const session = await runtime.open(encodeNode(node, inputs, ({ constant }) => constant!.data));
  try {
    return (await session.run(feedsOf(inputs, valueOf))).get(node.output.name)!.data;
  } finally {
    await session.release();
  }
}
