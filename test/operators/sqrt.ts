import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers } from "./support/draw.ts";
import { unary } from "./support/elementwise.ts";
import { caseOf } from "./support/onnx.ts";

const of = (x: number) => caseOf({ op: "Sqrt", inputs: [numbers([1], [x])], output: { dtype: DType.float32, dims: [1] } });
const LARGEST = 3.4028234663852886e38;

export const sqrt: OperatorCases = {
  ...unary("Sqrt", [DType.float32, DType.float64]),
  keepsSigns: true,
  special: [
    { about: "of a negative number there is none", of: of(-(2 ** -149)), leaves: [NaN] },
    { about: "−∞", of: of(-Infinity), leaves: [NaN] },
    { about: "−0", of: of(-0), leaves: [0] },
    { about: "∞", of: of(Infinity), leaves: [Infinity] },
    { about: "NaN", of: of(NaN), leaves: [NaN] },
    { about: "the least subnormal number, an odd power of two", of: of(2 ** -149), leaves: [Math.fround(2 ** -74.5)], not: [2 ** -75] },
    { about: "the next one, an even power", of: of(2 ** -148), leaves: [2 ** -74] },
    { about: "the largest number", of: of(LARGEST), leaves: [1.8446743523953730e19], not: [2 ** 64] },
    { about: "2 is rounded down", of: of(2), leaves: [Math.fround(Math.SQRT2)], not: [0x3fb504f4n] },
    { about: "a little above 1 comes to 1", of: of(1 + 2 ** -23), leaves: [1], not: [1 + 2 ** -23] },
    { about: "a square", of: of(16777215), leaves: [0x457fffffn], not: [4096] },
  ],
};
