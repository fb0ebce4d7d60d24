import { constantOf } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { nodeOf, type Lowered, type Lowering, type Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { apart, beside, dequantised, EXACT, isEven, parameter, scalingOf, toFloat, type Scaling } from "./blocks.ts";

/** Of constants what they come to. */
function folded(site: Site, scaling: Scaling): Lowered | undefined {
  const { node, inputs: [x, scale, zero], isResult, named, value } = site;
  if (x?.constant === undefined || scale?.constant === undefined || (zero !== undefined && zero.constant === undefined)) return undefined;
  const data = new Uint8Array(dequantised(scaling, x.constant, scale.constant, zero?.constant).buffer);
  const name = value("dequantised");
  const constants = [constantOf(name, { dtype: DType.float32, dims: scaling.dims, data })];
  const [output] = node.output;
  return isResult(output) ? { nodes: [nodeOf(named("copy"), "Identity", [name], output)], constants } : { nodes: [], constants, aliases: new Map([[output, name]]) };
}

/** (x − zero) · scale, for what is quantised in blocks or to 16 bits: one of every axis is judged as it is. */
export const dequantizeLinear: Lowering = {
  onnx: { DequantizeLinear: { since: 21, shapedBy: "shapes" } },
  into: ["Cast", "Reshape", "Sub", "Mul", "Identity"],
  difference: "portable",
  where: "it has blocks or 16 bits, and its scale is float32",
  rewrite(site) {
    const { node, inputs: [x, scale, zero] } = site;
    if (x === undefined || scale?.dtype !== DType.float32 || !EXACT.includes(x.dtype)) return undefined;
    const isBlocked = site.attributes.int("block_size", 0) !== 0;
    const scaling = scalingOf(site, x, scale);
    if (scaling === undefined || (!isBlocked && (x.dtype === DType.uint8 || x.dtype === DType.int8))) return undefined;
    const fixed = folded(site, scaling);
    if (fixed !== undefined) return fixed;
    if (!isEven(scaling)) return undefined;
    const w = new Writer(site);
    const shape = beside(scaling);
    const value = w.reshape(toFloat(w, node.input[0]), scaling.dims, apart(scaling));
    const difference = zero === undefined ? value : w.sub(value, parameter(w, site, 2, shape));
    const scaled = w.mul(difference, parameter(w, site, 1, shape));
    return scaling.kind !== "blocks" ? w.done(scaled) : w.doneAs(scaled, scaling.dims);
  },
};
