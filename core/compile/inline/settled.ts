import { decodeModel, encodeModel, nodeName } from "../../onnx/model.ts";
import { constantOf } from "../../onnx/tensor.ts";
import type { GraphProto } from "../../onnx/onnx_pb.js";
import { DType } from "../../tensor/dtype.ts";
import { freshNames } from "../freshNames.ts";
import { allNames, subgraphsOf } from "./subgraphs.ts";

/**
 * An If of a publisher's file of which one branch is left out though inputs may choose it: under the bound sizes no run that takes it
 * has a result. So on all inputs on which the file has a result, the other branch gives it; on the others the program gives what the
 * other branch gives.
 */
export interface Settled {
  /** The node's name in the file. */
  readonly name: string;
  /** Whether the branch that is left is the one for true. */
  readonly isThen: boolean;
  readonly why: string;
}

/** The bytes of a file in which these Ifs take the branches that are left, whatever their conditions come to: what the program is compared with. */
export function withSettled(bytes: Uint8Array, settled: readonly Settled[]): Uint8Array {
  if (settled.length === 0) return bytes;
  const choices = new Map(settled.map(({ name, isThen }) => [name, isThen]));
  const model = decodeModel(bytes, false);
  const { graph } = model;
  if (graph === undefined) return bytes;
  const fresh = freshNames(allNames(graph));
  const choose = (inner: GraphProto): void => {
    for (const node of inner.node) {
      const isThen = node.opType === "If" ? choices.get(nodeName(node)) : undefined;
      if (isThen !== undefined) {
        node.input = [fresh("condition")];
        graph.initializer.push(constantOf(node.input[0], { dtype: DType.bool, dims: [], data: Uint8Array.of(Number(isThen)) }));
      }
      subgraphsOf(node).forEach(choose);
    }
  };
  choose(graph);
  return encodeModel(model);
}
