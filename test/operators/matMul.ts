import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases } from "./support/cases.ts";
import { float, numbers } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawProduct } from "./support/products.ts";

const of = (a: NodeInput, b: NodeInput, y: readonly number[], random?: Random): OnnxCase =>
  caseOf({ op: "MatMul", inputs: [a, b], output: { dtype: DType.float32, dims: y } }, random);

const sum = (about: string, a: readonly number[], b: readonly number[], leaves: readonly Claim[], not: readonly Claim[] = []) => ({
  about,
  of: of(numbers([1, a.length], a), numbers([b.length, 1], b), [1, 1]),
  leaves,
  not,
});

const below = (x: number): number => x * (1 - 2 ** -24);
const NOT_FINITE = [NaN, Infinity, -Infinity];

export const matMul: OperatorCases = {
  random(random) {
    const s = drawProduct(random);
    return of(float(s.a, random), float(s.b, random), s.y, random);
  },
  special: [
    sum("a term of 2^126 may overflow", [2 ** 63], [2 ** 63], [...NOT_FINITE, 2 ** 126], [2 ** 126 * (1 + 2 ** -20)]),
    sum("a smaller term may not", [2 ** 63], [below(2 ** 63)], [below(2 ** 126)]),
    // They cancel; what is left is the error of such numbers.
    sum("terms of 2^125 that cancel", [2 ** 62, 2 ** 62], [2 ** 63, -(2 ** 63)], [...NOT_FINITE, 2 ** 104, 0, 1, -1, 2 ** 100, -(2 ** 100), 2 ** -140], [2 ** 105]),
    sum("smaller terms that cancel", [2 ** 62, below(2 ** 62)], [2 ** 63, -(2 ** 63)], [0, 1, -1, 2 ** 100, -(2 ** 100), 2 ** -140]),
    sum("terms of 2^130 that cancel leave no number", [2 ** 65, 2 ** 65], [2 ** 65, -(2 ** 65)], NOT_FINITE),
    sum("terms of 2^129 that cancel", [2 ** 64, 2 ** 65], [2 ** 65, -(2 ** 64)], [...NOT_FINITE, 0, 1, -1, 2 ** 100, -(2 ** 100), 2 ** -140]),
    sum("∞ and a number", [Infinity, 1], [1, 1], [NaN, Infinity], [2]),
    sum("−∞ and a number", [-Infinity, 1], [2, 1], [NaN, -Infinity], [2]),
    sum("infinities of one sign", [-Infinity, Infinity], [-1, 3], [NaN, Infinity], [2]),
    sum("infinities of both", [Infinity, -Infinity], [1, 1], [NaN], [2]),
    sum("a NaN", [1], [NaN], [NaN], [2]),
    sum("∞ · 0", [Infinity], [0], [NaN], [2]),
    // A zero may stand for padding, which kernels multiply or leave out.
    sum("0 · ∞", [0], [Infinity], NOT_FINITE, [2]),
  ],
};
