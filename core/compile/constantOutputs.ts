import { create } from "@bufbuild/protobuf";
import { nodeName, type OnnxModel } from "../onnx/model.ts";
import { NodeProtoSchema } from "../onnx/onnx_pb.js";
import { freshNames } from "./freshNames.ts";

/**
 * Has a node give every output of the graph that is a constant, an Identity of it: the outputs of a program are those of nodes. Files
 * have such outputs beside others, anchors of detectors and shapes, whose values nothing that is given changes.
 */
export function giveConstants({ graph }: OnnxModel): void {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const freshValue = freshNames([...graph.input.map(({ name }) => name), ...constants.keys(), ...graph.node.flatMap(({ output }) => output)]);
  const freshNode = freshNames(graph.node.map(nodeName));
  for (const output of new Set(graph.output.map(({ name }) => name))) {
    const tensor = constants.get(output);
    if (tensor === undefined) continue;
    tensor.name = freshValue(output);
    for (const node of graph.node) node.input = node.input.map((name) => (name === output ? tensor.name : name));
    graph.node.push(create(NodeProtoSchema, { name: freshNode(output), opType: "Identity", input: [tensor.name], output: [output] }));
  }
}
