import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases, Refused } from "./support/cases.ts";
import { anything, float, numbers, octets } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawWindow, plain, positions, windowAttributes, type Window } from "./support/windows.ts";

const LOWEST = -3.4028234663852886e38;

const pool = (w: Window, x: NodeInput, random?: Random): OnnxCase =>
  caseOf({ op: "MaxPool", attributes: windowAttributes(w), inputs: [x], output: { dtype: x.dtype as DType, dims: [...x.dims.slice(0, 2), ...positions(w)] } }, random);

const taps = (...values: number[]): OnnxCase => pool(plain([values.length], [values.length]), numbers([1, 1, values.length], values));

/** One tap on either side of a map of four: the only window misses it altogether. The compiler refuses that. */
function missing(x: NodeInput): OnnxCase {
  const w = { ...plain([4], [2], 1), dilations: [5] };
  const c = pool(plain([4], [4]), x);
  return { ...c, node: { ...c.node, attributes: [w.kernel, w.strides, w.begins, w.ends, w.dilations].flat() }, onnx: { ...c.onnx, attributes: windowAttributes(w) } };
}

/** A row with other attributes, which the compiler does not write. */
function written(about: string, attributes: readonly number[]): Refused {
  const { node, inputs } = taps(1, 2);
  return { about, of: { node: { ...node, attributes }, inputs }, error: "WindowMalformed" };
}

export const maxPool: OperatorCases = {
  random(random) {
    const w = drawWindow(random, true);
    const shape = [random.int(1, 2), random.int(1, 3), ...w.map];
    return pool(w, random.chance(0.6) ? float(shape, random) : anything(random.pick([DType.int8, DType.uint8]), shape, random), random);
  },
  keepsSigns: true,
  refused: [written("taps at no distance", [2, 1, 0, 0, 0]), written("taps that go back", [2, 1, 0, 0, -1]), written("a list too many", [2, 1, 0, 0, 1, 1, 1, 1, 1, 1])],
  special: [
    { about: "nothing but padding is the least number, or −∞", of: missing(numbers([1, 1, 4], [1, 1, 1, 1])), leaves: [LOWEST, -Infinity], not: [0xff7ffffen] },
    { about: "nothing but padding, int8", of: missing(octets(DType.int8, [1, 1, 4], [1, 2, 3, 4])), leaves: [0x80] },
    { about: "nothing but padding, uint8", of: missing(octets(DType.uint8, [1, 1, 4], [1, 2, 3, 4])), leaves: [0] },
    { about: "every tap is −∞", of: taps(-Infinity, -Infinity), leaves: [LOWEST, -Infinity], not: [0xff7ffffen] },
    ...[[1, NaN, -2], [NaN, 1, -2], [1, -2, NaN]].map((x) => ({
      about: `${x}: a tap, NaN, or what the kernel starts from`,
      of: taps(...x),
      leaves: [1, -2, NaN, -Infinity, LOWEST],
      not: [5, 0x3f800001n, 0x7f7fffffn],
    })),
    { about: "nothing but NaN", of: taps(NaN, NaN), leaves: [NaN, -Infinity, LOWEST] },
    { about: "1 and −2", of: taps(1, -2), leaves: [1], not: [-2, 0x3f7fffffn, 0x3f800001n] },
    { about: "zeros of either sign", of: taps(-0, 0), leaves: [0], not: [1n] },
  ],
};
