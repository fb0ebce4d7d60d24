import { sizeOf } from "../../tensor/shape.ts";
import type { Lowering } from "./lowering.ts";
import { FLOAT, floatDims } from "./known.ts";
import { windowAttributes } from "./windows.ts";
import { filled, Writer } from "./writer.ts";

/** Square roots of which powers are written: every multiple of 1/8. */
const ROOTS = 3;
const MOST = 8;

/** x^β for β a multiple of 1/8 up to 8, x above 0; undefined for another. */
function power(w: Writer, x: string, beta: number): string | undefined {
  const eighths = beta * 2 ** ROOTS;
  if (!Number.isInteger(eighths) || beta <= 0 || beta > MOST) return undefined;
  let [product, factor]: [string | undefined, string] = [undefined, x];
  const times = (value: string): string => (product === undefined ? value : w.mul(product, value));
  // The whole part by squaring, the rest by roots.
  for (let whole = Math.floor(beta); whole > 0; whole >>= 1) {
    if (whole & 1) product = times(factor);
    if (whole > 1) factor = w.mul(factor, factor);
  }
  let root = x;
  for (let rest = eighths % 2 ** ROOTS, bit = 2 ** (ROOTS - 1); bit >= 1 && rest > 0; bit /= 2) {
    root = w.sqrt(root);
    if (rest >= bit) product = times(root);
    rest %= bit;
  }
  return product;
}

/** x / (bias + α/n · Σx²)^β over n channels around each: the sums of a convolution along the channels. */
export const lrn: Lowering = {
  onnx: { LRN: { since: 1, shapedBy: "shapes" } },
  into: ["Mul", "Reshape", "Conv", "Sqrt", "Div"],
  difference: "portable",
  where: `${FLOAT}, and its β a multiple of 1/${2 ** ROOTS} from that to ${MOST}`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const kernel = attributes.int("size", 0);
    if (dims === undefined || dims.length < 3 || kernel < 1) return undefined;
    const [x] = node.input;
    const map = [dims[0], 1, dims[1], sizeOf(dims.slice(2))];
    const along = { size: map[2], kernel, stride: 1, dilation: 1, before: Math.floor((kernel - 1) / 2), after: Math.ceil((kernel - 1) / 2) };
    const across = { size: map[3], kernel: 1, stride: 1, dilation: 1, before: 0, after: 0 };
    const w = new Writer(site);
    const weights = w.constant([1, 1, kernel, 1], filled([kernel], attributes.float("alpha", 1e-4) / kernel));
    const bias = w.constant([1], Float32Array.of(attributes.float("bias", 1)));
    const sums = w.of("Conv", [w.reshape(w.mul(x, x), dims, map), weights, bias], windowAttributes([along, across]));
    const divisor = power(w, w.reshape(sums, map, dims), attributes.float("beta", 0.75));
    return divisor === undefined ? undefined : w.done(w.div(x, divisor));
  },
};
