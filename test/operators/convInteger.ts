import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { octets } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawIntegers } from "./support/quantised.ts";
import { convolution, drawConvolution, plain, type Convolution } from "./support/windows.ts";

const of = (s: Convolution, inputs: readonly (NodeInput | undefined)[], random?: Random): OnnxCase =>
  caseOf({ op: "ConvInteger", attributes: s.attributes, inputs, output: { dtype: DType.int32, dims: s.y } }, random);

const draw = (s: Convolution, random: Random): OnnxCase => of(s, drawIntegers(random, { a: s.x, b: s.w, channels: [], isUnsigned: true }), random);

const any = (dims: readonly number[], random: Random): NodeInput => octets(DType.uint8, dims, Array.from({ length: sizeOf(dims) }, () => random.int(0, 255)));

/** One window of 3 × 3 over so many channels, laid out as the compiler lays it out. */
function preferred(channels: number, random: Random): OnnxCase {
  const s = convolution(plain([5, 5], [3, 3], 1), channels, 4);
  const c = of(s, [any(s.x, random), any(s.w, random), octets(DType.uint8, [], [3])]);
  const inputs = c.node.inputs.map((t, i) => (i < 2 ? { ...t!, perm: [0, 2, 3, 1] } : t));
  return { ...c, node: { ...c.node, inputs } };
}

/** Three taps over two numbers and a place of padding on either side. */
const padded = (zero: number): OnnxCase =>
  of(convolution(plain([2], [3], 1), 1, 1), [octets(DType.uint8, [1, 1, 2], [7, 9]), octets(DType.uint8, [1, 1, 3], [1, 2, 3]), octets(DType.uint8, [], [zero])]);

export const convInteger: OperatorCases = {
  random: (random) => draw(drawConvolution(random), random),
  long: (random) => Array.from({ length: 32 }, (_, i) => preferred([2, 16, 31, 32, 33, 64, 128, 256][i % 8], random)),
  special: [
    { about: "padding, which holds the zero point", of: padded(5), leaves: [2 * 2 + 4 * 3] },
    { about: "padding with a zero point of 0", of: padded(0), leaves: [7 * 2 + 9 * 3] },
  ],
  costs: [["in the middle of the map", 12] as const, ["across its corner", 0] as const].map(([where, element]) => ({
    about: `multiply-accumulate ${where}`,
    most: 20,
    units: [288, 576, 2304],
    of: (units, random) => ({ c: preferred(Math.ceil(units / 9), random), element }),
  })),
};
