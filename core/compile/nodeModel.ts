import { create } from "@bufbuild/protobuf";
import { encodeModel } from "../onnx/model.ts";
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema } from "../onnx/onnx_pb.js";
import { constantOf } from "../onnx/tensor.ts";
import type { Runtime, RuntimeTensor } from "../runtime.ts";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import { valueInfo } from "./schedule.ts";

/**
 * Runs one node in the canonical way on given values.
 * @param valueOf row-major bytes of a computed input
 */
export async function runNode(node: GraphNode, runtime: Runtime, valueOf: (value: Value) => Uint8Array): Promise<Uint8Array> {
  const inputs = [...new Map(node.inputs.flatMap((value) => (value === undefined ? [] : [[value.name, value] as const]))).values()];
  const computed = inputs.filter(({ constant }) => constant === undefined);
  const model = encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(node.opset) })],
      graph: create(GraphProtoSchema, {
        name: "node",
        node: [node.proto],
        input: computed.map(valueInfo),
        output: [valueInfo(node.output)],
        initializer: inputs.flatMap(({ name, constant }) =>
          constant === undefined
            ? []
            : constantOf(name, constant),
        ),
      }),
    }),
  );
  const session = await runtime.open(model);
  try {
    const feeds = new Map(computed.map((value): [string, RuntimeTensor] => [value.name, { dtype: value.dtype, dims: value.dims, data: valueOf(value) }]));
    return (await session.run(feeds)).get(node.output.name)!.data;
  } finally {
    await session.release();
  }
}
