import type { Attributes } from "../../onnx/model.ts";
import type { NodeProto } from "../../onnx/onnx_pb.js";
import type { Lowering } from "./lowering.ts";
import { FLOAT, floatDims } from "./known.ts";
import { Writer } from "./writer.ts";

/** Writes f(x); undefined where it cannot be written so. */
type Write = (w: Writer, x: string, attributes: Attributes, node: NodeProto) => string | undefined;

/** Since this opset there is Where. */
const CHOOSES = 9;

/** A function of single elements, written in terms of others. */
export const activation = (op: string, since: number, into: readonly string[], write: Write, condition?: string): Lowering => {
  const least = into.includes("Where") ? CHOOSES : 0;
  const conditions = [FLOAT, condition, since < least ? `the opset is ${least} or later` : undefined].filter((words) => words !== undefined);
  return {
    onnx: { [op]: { since, shapedBy: "shapes" } },
    into,
    difference: "portable",
    where: conditions.join(", and "),
    rewrite(site) {
      if (floatDims(site.inputs[0]) === undefined || site.opset < least) return undefined;
      const w = new Writer(site);
      const y = write(w, site.node.input[0], site.attributes, site.node);
      return y === undefined ? undefined : w.done(y);
    },
  };
};
