import { sizeOf } from "../../tensor/shape.ts";
import type { Lowering } from "./lowering.ts";
import { FLOAT, floatDims } from "./known.ts";
import { INTO_POWER, raised } from "./power.ts";
import { windowAttributes } from "./windows.ts";
import { filled, Writer } from "./writer.ts";

/** Parts of a power that square roots give, and above which none is written so. */
const PARTS = 8;
const MOST = 8;

/** Since this opset there is what other powers are written with. */
const CHOOSES = 9;

/** x^β for β a multiple of 1/8 up to 8. */
function byRoots(w: Writer, x: string, beta: number): string {
  const factors: string[] = [];
  let [square, root] = [x, x];
  for (let whole = Math.floor(beta); whole > 0; whole >>= 1) {
    if (whole % 2 === 1) factors.push(square);
    if (whole > 1) square = w.mul(square, square);
  }
  for (let rest = beta % 1; rest > 0; rest = (2 * rest) % 1) {
    root = w.sqrt(root);
    if (rest >= 0.5) factors.push(root);
  }
  return factors.reduce((product, factor) => w.mul(product, factor));
}

/** x / (bias + α/n · Σx²)^β over n channels around each: the sums of a convolution along the channels. */
export const lrn: Lowering = {
  onnx: { LRN: { since: 1, shapedBy: "shapes" } },
  into: ["Reshape", "Conv", ...INTO_POWER],
  difference: "portable",
  where: `${FLOAT}, and the opset is ${CHOOSES} or later`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const kernel = attributes.int("size", 0);
    if (dims === undefined || dims.length < 3 || kernel < 1 || opset < CHOOSES) return undefined;
    const [x] = node.input;
    const map = [dims[0], 1, dims[1], sizeOf(dims.slice(2))];
    const along = { size: map[2], kernel, stride: 1, dilation: 1, before: Math.floor((kernel - 1) / 2), after: Math.ceil((kernel - 1) / 2) };
    const across = { size: map[3], kernel: 1, stride: 1, dilation: 1, before: 0, after: 0 };
    const w = new Writer(site);
    const weights = w.constant([1, 1, kernel, 1], filled([kernel], attributes.float("alpha", 1e-4) / kernel));
    const bias = w.constant([1], Float32Array.of(attributes.float("bias", 1)));
    const sums = w.of("Conv", [w.reshape(w.mul(x, x), dims, map), weights, bias], windowAttributes([along, across]));
    const beta = attributes.float("beta", 0.75);
    const base = w.reshape(sums, map, dims);
    const isSimple = beta > 0 && beta <= MOST && Number.isInteger(beta * PARTS);
    return w.done(w.div(x, isSimple ? byRoots(w, base, beta) : raised(w, base, beta)));
  },
};
