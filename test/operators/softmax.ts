import { bitsOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { usualBits } from "../support/floats.ts";
import type { OnnxCase, OpCase } from "../support/opCase.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases } from "./support/cases.ts";
import { dims, drawer, float, numbers } from "./support/draw.ts";
import { underLanes } from "./support/lanes.ts";
import { caseOf } from "./support/onnx.ts";

/** Opset 13 normalises one axis, opsets before it everything from `axis` on. */
const of = (x: NodeInput, axis: number, opset: 11 | 13, random?: Random): OnnxCase =>
  caseOf({ op: "Softmax", attributes: { axis: { int: axis } }, opset, inputs: [x], output: { dtype: DType.float32, dims: x.dims } }, random);

const line = (values: readonly number[]): OnnxCase => of(numbers([1, values.length], values), 1, 13);

/** A place in a row. */
const at = (about: string, element: number, values: readonly number[], leaves: readonly Claim[], not: readonly Claim[] = []) => ({
  about: `${about}: [${values.join(", ")}] at ${element}`,
  of: line(values),
  element,
  leaves,
  not,
});

/** Shapes that rows may have. */
const ROWS: readonly ((n: number, i: number, random: Random) => number)[] = [
  () => 3.25, // all equal
  (_, i) => (i === 0 ? 50 : -30), // one dominates
  (_, i) => -i * 0.1, // a slope
  (n, i) => (-110 * i) / n, // down to where e^x vanishes
  (_n, _i, random) => random.normal(),
  (_n, _i, random) => random.normal() * 40,
  (_n, _i, random) => random.normal() * 1e6,
  (_, i) => (i % 2 === 0 ? 1e38 : -1e38) * 3, // differences that overflow
  (_, i, random) => (i !== 1 && random.chance(0.5) ? -Infinity : random.normal() * 3), // a row of attention under a mask
];
const LENGTHS = [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257, 1000, 1023, 5000];
const row = (n: number, make: (typeof ROWS)[number], random: Random) => Array.from({ length: n }, (_, i) => make(n, i, random));

/** No tensor of that length, only a row that says so. */
function ofLength(n: number): OpCase {
  const { node } = line([1, 2]);
  return { node: { ...node, inputs: [{ ...node.inputs[0]!, dims: [1, n] }], output: { ...node.output, dims: [1, n] } }, inputs: [undefined] };
}

/** e^-d less than this is as good as nothing: n · 2^-126 is the least bound. */
const NOTHING = [0, 2 ** -140];
/** Rows that are NaN everywhere. */
const BROKEN = [
  [NaN, 0], [0, NaN], [Infinity, 0], [0, Infinity, -Infinity], [-Infinity], [-Infinity, -Infinity], [NaN, -Infinity], [Infinity, 0, 1], [1, -Infinity, NaN],
];
const LOWEST = -3.4028234663852886e38;

export const softmax: OperatorCases = {
  random(random) {
    const shape = dims(random, 1, 4);
    if (random.chance(0.08)) shape[random.int(0, shape.length - 1)] = random.int(30, 120);
    const masked = random.chance(0.1);
    const next = random.chance(0.5) ? () => usualBits(random, 5) : drawer(random);
    const x = float(shape, random, masked ? () => (random.chance(0.4) ? bitsOf(-Infinity) : usualBits(random, 3)) : next);
    return of(x, random.int(0, shape.length - 1), random.pick([11, 13, 13]), random);
  },
  long: (random) => LENGTHS.flatMap((n) => ROWS.map((make) => line(row(n, make, random)))),
  special: [
    at("a lone element is 1", 0, [-7], [1], [1.00001]),
    at("equal numbers", 2, [4, 4, 4, 4], [0.25], [0.25001]),
    at("ln 2 apart", 0, [Math.LN2, 0], [2 / 3], [0x3f2aaaabn + 40n]),
    at("ln 2 apart", 1, [Math.LN2, 0], [1 / 3], [0x3eaaaaabn + 80n]),
    // y is e^-110.75, so −2⁻¹²⁴ is 2⁻³⁶ of the bound beyond its edge.
    at("far apart, exact to 2^-40", 0, [-2.75, 108, 68, -1.6875], [...NOTHING, 2 ** -124], [-(2 ** -124)]),
    ...[-88.5, -103, -104, -200].map((x) => at("where e^x vanishes", 1, [0, x], [...NOTHING, Math.exp(x)], [0x3f7ffff0n])),
    at("the largest numbers apart", 0, [3e38, -3e38], [1], [2]),
    at("the largest numbers apart", 1, [3e38, -3e38], NOTHING, [0x02000000n]),
    ...BROKEN.flatMap((values) => values.map((_, element) => at("a NaN, ∞ or nothing but −∞", element, values, [NaN], [0.5]))),
    at("−∞ beside a finite maximum is nothing", 0, [-Infinity, 3, 3], [...NOTHING, 2 ** -125], [0.5]),
    at("the others of such a row", 2, [3, -Infinity, 3], [0.5], [0.50001, 1 / 3]),
    at("the lowest number and −∞", 0, [LOWEST, -Infinity], [1]),
  ],
  refused: [{ about: "a row of 2²⁰ + 1 numbers", of: ofLength(2 ** 20 + 1), error: "LengthNotJudged" }],
  costs: [
    {
      about: "number of the row",
      most: 1180,
      units: [1000],
      of: (n, random) => ({ c: line(Array.from({ length: n }, () => random.normal() * 3)), element: n === 1 ? 0 : 7 }),
    },
    {
      about: "number of the row in lanes",
      most: 2150,
      units: [1000],
      of: (n, random) => ({ c: underLanes(line(Array.from({ length: n }, () => random.normal() * 3)))[0], element: n === 1 ? 0 : 7 }),
    },
    {
      about: "huge number of the row in lanes",
      most: 3100,
      units: [1000],
      of: (n, random) => ({ c: underLanes(line(Array.from({ length: n }, () => 1e38 + random.normal() * 1e32)))[0], element: n === 1 ? 0 : 7 }),
    },
  ],
};
