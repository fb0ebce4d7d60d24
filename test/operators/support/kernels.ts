import { bitsOf } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { SPECIAL_BITS } from "../../support/floats.ts";
import type { OnnxCase } from "../../support/opCase.ts";
import type { Attribute } from "../../support/onnxModel.ts";
import type { NodeInput } from "../../support/ort.ts";
import { Random } from "../../support/random.ts";
import type { Claim, OperatorCases } from "./cases.ts";
import { dims, drawer, float, numbers, words } from "./draw.ts";
import { caseOf } from "./onnx.ts";

/** What a function of one number makes of a number, with values that it does not make. */
export interface Point {
  readonly about: string;
  readonly x: number;
  readonly y: Claim;
  readonly not?: readonly Claim[];
}

/** Where a function bends, and how its node is written. */
interface Written {
  readonly reaches: readonly [low: number, high: number];
  readonly attributes?: Record<string, Attribute>;
  readonly opset?: number;
}

/** A function of one number that the runtime computes by a fixed sequence of operations: it has one value everywhere. */
export function kernel(op: string, { reaches: [low, high], attributes, opset }: Written, points: readonly Point[]): OperatorCases {
  const of = (x: NodeInput, random?: Random): OnnxCase => caseOf({ op, attributes, opset, inputs: [x], output: { dtype: DType.float32, dims: x.dims } }, random);
  const inside = (random: Random) => () => bitsOf(Math.fround(low + random.unit() * (high - low)));
  const own = new Random(op.length);
  return {
    random: (random) => of(float(dims(random, 0, 4, 8), random, random.chance(0.5) ? inside(random) : drawer(random)), random),
    every: [of(words([SPECIAL_BITS.length], SPECIAL_BITS)), of(float([200], own, inside(own)))],
    special: points.map(({ about, x, y, not }) => ({ about, of: of(numbers([1], [x])), leaves: [y], not })),
  };
}
