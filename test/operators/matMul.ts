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

export const matMul: OperatorCases = {
  random(random) {
    const s = drawProduct(random);
    return of(float(s.a, random), float(s.b, random), s.y, random);
  },
  special: [
    sum("a product that overflows", [2 ** 64], [2 ** 64], [Infinity]),
    sum("products that overflow and cancel", [2 ** 64, 2 ** 64], [2 ** 64, -(2 ** 64)], [NaN]),
    sum("a sum that overflows before it is brought back", [2 ** 64, 2 ** 64, 2 ** 64], [2 ** 63, 2 ** 63, -(2 ** 63)], [Infinity], [2 ** 127]),
    sum("terms of 2^125 that cancel", [2 ** 62, 2 ** 62], [2 ** 63, -(2 ** 63)], [0], [1, 2 ** -149]),
    // Without FMA 1 + 2^-24 is lost before it is added.
    sum("products that are rounded before they are added", [1 + 2 ** -12, -1], [1 + 2 ** -12, 1 + 2 ** -11], [0], [2 ** -24]),
    sum("products that underflow one by one", [2 ** -75, 2 ** -75], [2 ** -75, 2 ** -75], [0], [2 ** -149]),
    sum("a group of four, and one of one", [2 ** 24, 1, 1, 1, 1], [1, 1, 1, 1, 1], [2 ** 24], [2 ** 24 + 2, 2 ** 24 + 4]),
    sum("∞ and a number", [Infinity, 1], [1, 1], [Infinity], [2]),
    sum("−∞ and a number", [-Infinity, 1], [2, 1], [-Infinity], [2]),
    sum("infinities of one sign", [-Infinity, Infinity], [-1, 3], [Infinity], [2]),
    sum("infinities of both", [Infinity, -Infinity], [1, 1], [NaN], [2]),
    sum("a NaN", [1], [NaN], [NaN], [2]),
    sum("∞ · 0", [Infinity], [0], [NaN], [2]),
    sum("0 · ∞", [0], [Infinity], [NaN], [2]),
  ],
};
