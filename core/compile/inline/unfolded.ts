import { namesRead, type OnnxModel } from "../../onnx/model.ts";
import type { NodeProto } from "../../onnx/onnx_pb.js";
import { constantOf } from "../../onnx/tensor.ts";
import type { Runtime } from "../../runtime.ts";
import { isKnown } from "../foreign.ts";
import { Valuation, type TypesOf } from "./valuation.ts";

/**
 * Puts constants in the place of nodes of no input that the runtime's optimisation left although no program has their operators, as it
 * leaves a NonZero, and of nodes that follow from these and from constants alone.
 */
export async function foldUnknown(model: OnnxModel, runtime: Runtime, typesOf: TypesOf): Promise<void> {
  const { graph } = model;
  const values = new Valuation(model, runtime, typesOf);
  const folded = new Set<string>();
  const kept: NodeProto[] = [];
  for (const node of graph.node) {
    const read = namesRead(node);
    const follows = !isKnown(node) || read.some((name) => folded.has(name));
    const isFixed = follows && read.length > 0 && read.every((name) => name === "" || values.isConstant(name));
    const constants = isFixed ? await Promise.all(node.output.map(async (name) => (name === "" ? undefined : values.constant(name, [node])))) : [];
    if (!isFixed || constants.some((constant, i) => constant === undefined && node.output[i] !== "")) {
      kept.push(node);
      continue;
    }
    for (const [i, name] of node.output.entries()) {
      if (constants[i] === undefined) continue;
      values.add(constantOf(name, constants[i]));
      folded.add(name);
    }
  }
  graph.node = kept;
}
