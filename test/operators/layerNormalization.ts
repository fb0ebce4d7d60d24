import { bitsOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { finiteBits, mixedBits, usualBits } from "../support/floats.ts";
import type { OnnxCase, OpCase } from "../support/opCase.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases, Special } from "./support/cases.ts";
import { dims, float, numbers } from "./support/draw.ts";
import { underLanes } from "./support/lanes.ts";
import { caseOf } from "./support/onnx.ts";

const of = (inputs: readonly (NodeInput | undefined)[], axis: number, epsilon = 1e-5, random?: Random): OnnxCase =>
  caseOf({ op: "LayerNormalization", attributes: { axis: { int: axis }, epsilon: { float: epsilon } }, inputs, output: { dtype: DType.float32, dims: inputs[0]!.dims } }, random);

/** A row with one scale and bias for all of it. */
const row = (x: readonly number[], g = 1, b = 0): OnnxCase => of([x, x.map(() => g), x.map(() => b)].map((values) => numbers([x.length], values)), 0);
const at = (about: string, x: readonly number[], [g, b]: readonly [number, number], leaves: readonly Claim[], not: readonly Claim[] = []): Special => ({ about, of: row(x, g, b), leaves, not });

/** Rows as they come, of any size; with a mean far from what they spread over; constant; subnormal; whose squares overflow. */
const ROWS: readonly ((random: Random, i: number) => number)[] = [
  ...[0, 55, -55, -140].map((exponent) => (random: Random) => random.normal() * 2 ** exponent),
  (random) => 1e4 + random.normal(),
  () => 12345.678,
  (random, i) => (i === 0 ? 1e6 : random.normal()),
  (random) => (random.unit() - 0.5) * 6e38,
];
/** Shorter than eight numbers onnxruntime takes Welford's one pass, else two. */
const LENGTHS = [1, 2, 3, 5, 7, 8, 9, 16, 33, 100, 256, 768, 1024];

/** What the compiler refuses. */
function changed(length: number, epsilon: number): OpCase {
  const { node, inputs } = row([1, 2]);
  const t = { ...node.inputs[0]!, dims: [length] };
  return { node: { ...node, attributes: [0, bitsOf(epsilon) | 0], inputs: [t, t, t], output: { ...node.output, dims: [length] } }, inputs: length === 2 ? inputs : [undefined, undefined, undefined] };
}

export const layerNormalization: OperatorCases = {
  random(random) {
    const shape = dims(random, 1, 4, 6);
    const axis = random.int(0, shape.length - 1);
    const scale = random.pick([0.1, 1, 100]);
    const usual = () => usualBits(random, scale);
    const next = random.pick([usual, usual, usual, () => mixedBits(random), () => finiteBits(random), () => bitsOf(random.normal() * 2 ** 62), () => bitsOf(random.normal() * 2 ** -140)]);
    const [x, g, b] = [shape, shape.slice(axis), shape.slice(axis)].map((each) => float(each, random, next));
    return of([x, g, random.chance(0.7) ? b : undefined], axis, random.pick([1e-5, 1e-12, 0.1]), random);
  },
  long: (random) => LENGTHS.flatMap((n) => ROWS.map((make) => of([numbers([1, n], Array.from({ length: n }, (_, i) => make(random, i))), float([n], random), float([n], random)], 1))),
  // Shorter rows onnxruntime normalises in another way.
  hasOrder: ({ node: { output, attributes } }) => output.dims.slice(attributes[0]).reduce((n, d) => n * d, 1) >= 8,
  special: [
    at("a NaN", [1, NaN], [1, 0], [NaN]),
    at("an infinity", [1, Infinity], [1, 0], [NaN]),
    at("a bias of NaN", [1, 2], [1, NaN], [NaN]),
    at("an infinite scale", [1, 2], [Infinity, 0], [NaN, Infinity, -Infinity]),
    at("an infinite bias", [1, 2], [1, -Infinity], [NaN, -Infinity]),
    at("a sum of squares overflows and leaves the bias", [2 ** 100, 0], [1, 3], [3], [4, 2]),
    at("a partial sum may overflow", [2 ** 127, 0], [1, 3], [3, NaN], [4]),
    at("a sum of squares may overflow", [2 ** 64, 0], [1, 3], [3, 4], [2]),
    at("a product that overflows with its bias", [1, -1], [2 ** 127, 2 ** 127], [Infinity, -Infinity], [2 ** 127]),
    at("equal numbers leave the bias", [5, 5], [7, 3], [3], [3.1]),
  ],
  refused: [
    { about: "a row of 2¹³ + 1 numbers", of: changed(2 ** 13 + 1, 1e-5), error: "LengthNotJudged" },
    ...[0, -1, 2 ** -101, 1.5, NaN, Infinity].map((epsilon) => ({ about: `an epsilon of ${epsilon}`, of: changed(2, epsilon), error: "AttributeNotJudged" as const })),
  ],
  costs: [
    { about: "number of the row", most: 600, units: [768], of: (n, random) => ({ c: row(Array.from({ length: n }, () => random.normal())), element: n === 1 ? 0 : 7 }) },
    { about: "number of the row in lanes", most: 760, units: [768], of: (n, random) => ({ c: underLanes(row(Array.from({ length: n }, () => random.normal())))[0], element: n === 1 ? 0 : 7 }) },
    { about: "huge number of the row in lanes", most: 5100, units: [768], of: (n, random) => ({ c: underLanes(row(Array.from({ length: n }, () => random.normal() * 2 ** 100)))[0], element: n === 1 ? 0 : 7 }) },
  ],
};
