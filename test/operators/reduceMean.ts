import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase, OpCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases } from "./support/cases.ts";
import { dims, float, numbers } from "./support/draw.ts";
import { underLanes } from "./support/lanes.ts";
import { caseOf } from "./support/onnx.ts";

function of(x: NodeInput, axes: readonly number[], keep: boolean, random?: Random): OnnxCase {
  const out = x.dims.flatMap((d, axis) => (!axes.includes(axis) ? [d] : keep ? [1] : []));
  const attributes = { axes: { ints: axes }, keepdims: { int: keep ? 1 : 0 } };
  return caseOf({ op: "ReduceMean", attributes, opset: 13, inputs: [x], output: { dtype: DType.float32, dims: out } }, random);
}

const line = (values: readonly number[]): OnnxCase => of(numbers([1, values.length], values), [1], true);

const mean = (about: string, values: readonly number[], leaves: readonly Claim[], not: readonly Claim[] = []) => ({ about, of: line(values), leaves, not });

/** No tensor of that length, only a row that says so. */
function ofLength(n: number): OpCase {
  const { node } = line([1, 2]);
  return { node: { ...node, inputs: [{ ...node.inputs[0]!, dims: [1, n] }] }, inputs: [undefined] };
}

const LARGEST = 3.4028234663852886e38;
const BELOW = 2 ** 126 * (1 - 2 ** -24);
/** Of what is tried, all that is within the error of large numbers that cancel. */
const SMALL = [0, 1, -1, 2 ** 100, -(2 ** 100), 2 ** -140];
const NOT_FINITE = [NaN, Infinity, -Infinity];

export const reduceMean: OperatorCases = {
  random(random) {
    if (random.chance(0.3)) {
      const shape = [random.int(1, 2), random.int(1, 4), ...dims(random, 1, 2, 9)];
      const pooled = shape.map((d, axis) => (axis < 2 ? d : 1));
      return caseOf({ op: "GlobalAveragePool", inputs: [float(shape, random)], output: { dtype: DType.float32, dims: pooled } }, random);
    }
    const shape = dims(random, 1, 4, 9);
    const some = shape.map((_, axis) => axis).filter(() => random.chance(0.5));
    return of(float(shape, random), some.length > 0 ? some : [random.int(0, shape.length - 1)], random.chance(0.5), random);
  },
  // Numbers of one size that cancel.
  long: (random) =>
    [2, 3, 16, 17, 100, 1000, 6000].flatMap((n) =>
      [0, 30, 100, 125, -120, -148].map((power) => line(Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1 : 1) * (1 + random.unit()) * 2 ** power))),
    ),
  special: [
    mean("1, 2 and 6", [1, 2, 6], [3], [3.00001]),
    mean("zeros", [0, 0], [0, 2 ** -140, 2 ** -126], [0x80800001n, 0x00800001n]),
    mean("±2^126 may overflow", [2 ** 126, -(2 ** 126)], [...NOT_FINITE, 2.5 * 2 ** 103, ...SMALL], [2.6 * 2 ** 103]),
    mean("smaller numbers may not", [2 ** 126, -BELOW], [2 ** 101, ...SMALL], [2 ** 120]),
    mean("two numbers below 2^126", [BELOW, BELOW], [BELOW], [0x7e800010n]),
    mean("±3e38 cancel within the bound", [3e38, -3e38], [...NOT_FINITE, ...SMALL], [0x7e000000n]),
    mean("the largest numbers, twice", [LARGEST, -LARGEST, LARGEST, -LARGEST], [...NOT_FINITE, ...SMALL], [0x7f000000n, 0xff000000n, LARGEST, 0x75000000n]),
    mean("300 times the largest number", new Array<number>(300).fill(LARGEST), [...NOT_FINITE, LARGEST], [LARGEST * (1 - 2 ** -14)]),
    mean("2^125, 3 and −2^125 cancel exactly", [2 ** 125, 3, -(2 ** 125)], [0, 1, -1, 2 ** 100, -(2 ** 100), 0x71000000n, 2 ** -140], [0x7e000000n]),
    mean("a NaN", [1, NaN], [NaN]),
    mean("∞", [1, Infinity], [NaN, Infinity], [0.5, LARGEST]),
    mean("−∞, twice", [1, -Infinity, -Infinity], [NaN, -Infinity]),
    mean("infinities of both signs", [1, Infinity, -Infinity], [NaN]),
    mean("a NaN and ∞", [NaN, Infinity, 1], [NaN]),
  ],
  refused: [0, 2 ** 22 + 1].map((n) => ({ about: `a mean of ${n} numbers`, of: ofLength(n), error: "LengthNotJudged" })),
  costs: [
    { about: "number", most: 395, units: [4096], of: (n, random) => ({ c: line(Array.from({ length: n }, () => random.normal())), element: 0 }) },
    ...[0, 1, 2, 3].map((order) => ({
      about: `number in lanes, order ${order}`,
      most: 3000,
      units: [4096],
      of: (n: number, random: Random) => ({ c: underLanes(line(Array.from({ length: n }, () => random.normal())))[order], element: 0 }),
    })),
  ],
};
