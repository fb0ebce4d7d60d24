import type { AttributeProto } from "../../../onnx/onnx_pb.js";
import { FLOAT, floatDims } from "../known.ts";
import type { Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { ACTIVATED, activated, ACTIVATION } from "./activations.ts";
import { MICROSOFT } from "./domain.ts";

/** The attributes of the node without some. */
const without = ({ node }: Site, ...names: readonly string[]): AttributeProto[] =>
  node.attribute.filter(({ name }) => !names.some((other) => name.startsWith(other)));

/**
 * An operand as the product reads it.
 *
 * With its batch turned, the second-last axis of the operand stands before its batch: [m, batch…, k] for [batch…, m, k].
 */
function operand(w: Writer, name: string, rank: number, isTurned: boolean, isBatchTurned: boolean): string {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const batched = isBatchTurned ? [...axes.slice(1, rank - 1), 0, rank - 1] : axes;
  const perm = isTurned ? [...batched.slice(0, rank - 2), batched[rank - 1], batched[rank - 2]] : batched;
  return perm.every((axis, i) => axis === i) ? name : w.transpose(name, perm);
}

/** α · op(A) · op(B), batch by batch. */
export const fusedMatMul: Lowering = {
  domain: MICROSOFT,
  onnx: { FusedMatMul: { since: 1, shapedBy: "shapes" }, TransposeMatMul: { since: 1, shapedBy: "shapes" } },
  into: ["Transpose", "MatMul", "Mul"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [a, b] = inputs.map(floatDims);
    if (a === undefined || b === undefined) return undefined;
    const flag = (name: string) => attributes.int(name, 0) !== 0;
    const isTurned = { a: flag("transA") && a.length > 1, b: flag("transB") && b.length > 1 };
    const isBatchTurned = { a: flag("transBatchA"), b: flag("transBatchB") };
    if ((isBatchTurned.a && a.length < 3) || (isBatchTurned.b && b.length < 3)) return undefined;
    const w = new Writer(site);
    const left = operand(w, node.input[0], a.length, isTurned.a, isBatchTurned.a);
    const product = w.of("MatMul", [left, operand(w, node.input[1], b.length, isTurned.b, isBatchTurned.b)]);
    const alpha = attributes.float("alpha", 1);
    return w.done(alpha === 1 ? product : w.mul(product, alpha));
  },
};

/** A Gemm with an activation behind it. */
export const fusedGemm: Lowering = {
  domain: MICROSOFT,
  onnx: { FusedGemm: { since: 1, shapedBy: "shapes" } },
  into: ["Gemm", ...ACTIVATED],
  difference: "portable",
  where: `${FLOAT}, and ${ACTIVATION}`,
  rewrite(site) {
    const { node, attributes } = site;
    const parameters = ["activation_alpha", "activation_beta", "activation_gamma"].flatMap((name) => (attributes.has(name) ? [attributes.float(name, 0)] : []));
    const w = new Writer(site);
    const y = activated(w, attributes, w.of("Gemm", node.input, without(site, "activation")), parameters);
    return y === undefined ? undefined : w.done(y);
  },
};

/** A Conv with a sum and an activation behind it. */
export const fusedConv: Lowering = {
  domain: MICROSOFT,
  onnx: { FusedConv: { since: 1, shapedBy: "shapes" } },
  into: ["Conv", "Add", ...ACTIVATED],
  difference: "portable",
  where: `${FLOAT}, and ${ACTIVATION}`,
  rewrite(site) {
    const { node, attributes } = site;
    const [x, weights, bias = "", added = ""] = node.input;
    const w = new Writer(site);
    const product = w.of("Conv", bias === "" ? [x, weights] : [x, weights, bias], without(site, "activation"));
    const sum = added === "" ? product : w.add(product, added);
    const y = activated(w, attributes, sum, attributes.floats("activation_params") ?? []);
    return y === undefined ? undefined : w.done(y);
  },
};
