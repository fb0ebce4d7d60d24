import { create } from "@bufbuild/protobuf";
import { isStandardDomain, nodeName, type OnnxModel } from "../../onnx/model.ts";
import { NodeProtoSchema, type NodeProto } from "../../onnx/onnx_pb.js";
import { freshNames } from "../freshNames.ts";
import { integersAttribute } from "../lower/lowering.ts";
import { allNames, subgraphsOf } from "./subgraphs.ts";

const RECURRENT: ReadonlySet<string> = new Set(["LSTM", "GRU", "RNN"]);

/** Places of X and the states among the inputs, and the orders of axes that turn an input or output with the batch first, and back. */
const TURNED_INPUTS = [0, 5, 6];
const SWAPPED = [1, 0, 2];
const BATCH_FIRST = [2, 0, 1, 3];

/**
 * Writes recurrent operators whose batch comes first (layout 1) as those whose steps come first, between transpositions: the runtime
 * knows only these. Says whether there was any.
 */
export function withStepsFirst({ graph, functions }: OnnxModel): boolean {
  const fresh = freshNames(allNames(graph));
  let isChanged = false;
  const rewrite = (nodes: readonly NodeProto[]): NodeProto[] =>
    nodes.flatMap((node) => {
      for (const inner of subgraphsOf(node)) inner.node = rewrite(inner.node);
      const isTurned = isStandardDomain(node.domain) && RECURRENT.has(node.opType) && node.attribute.some(({ name, i }) => name === "layout" && i === 1n);
      if (!isTurned) return [node];
      isChanged = true;
      return stepsFirst(node, fresh);
    });
  graph.node = rewrite(graph.node);
  for (const each of functions) each.node = rewrite(each.node);
  return isChanged;
}

function stepsFirst(node: NodeProto, fresh: (wish: string) => string): NodeProto[] {
  const turned = (name: string, other: string, perm: readonly number[]): NodeProto =>
    create(NodeProtoSchema, { name: other, opType: "Transpose", input: [name], output: [other], attribute: [integersAttribute("perm", perm)] });
  const nameOf = (name: string): string => fresh(`${nodeName(node)}/${name}`);
  const before = TURNED_INPUTS.flatMap((i) => {
    const name = node.input[i] ?? "";
    if (name === "") return [];
    node.input[i] = nameOf(name);
    return [turned(name, node.input[i], SWAPPED)];
  });
  const after = node.output.flatMap((name, i) => {
    if (name === "") return [];
    node.output[i] = nameOf(name);
    return [{ ...turned(node.output[i], name, i === 0 ? BATCH_FIRST : SWAPPED), name: nameOf("turned") }];
  });
  node.attribute = node.attribute.filter(({ name }) => name !== "layout");
  return [...before, node, ...after];
}
