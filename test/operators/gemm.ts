import { bitsOf, floatOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { mixedBits } from "../support/floats.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases } from "./support/cases.ts";
import { float, numbers } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawLength } from "./support/products.ts";

interface Factors {
  readonly transA?: number;
  readonly transB?: number;
  readonly alpha?: number;
  readonly beta?: number;
}

/** The compiler refuses an alpha of 0 and factors that are not finite; a publisher may register them. */
function of(m: number, n: number, { transA = 0, transB = 0, alpha = 1, beta = 1 }: Factors, inputs: readonly (NodeInput | undefined)[], random?: Random): OnnxCase {
  const written = (a: number, b: number) => ({ transA: { int: transA }, transB: { int: transB }, alpha: { float: a }, beta: { float: b } });
  const output = { dtype: DType.float32, dims: [m, n] };
  const c = caseOf({ op: "Gemm", attributes: written(1, 1), inputs, output }, random, { attributes: [transA, transB, bitsOf(alpha) | 0, bitsOf(beta) | 0] });
  return { ...c, onnx: { ...c.onnx, attributes: written(alpha, beta) } };
}

function draw(random: Random, m: number, n: number, k: number, fill: (shape: readonly number[]) => NodeInput): OnnxCase {
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const factor = () => Math.fround(random.pick([1, 1, 1, 0.5, -0.3, random.normal(), 1e-20, 1e20, floatOf(mixedBits(random))]));
  const c = random.pick([undefined, [], [1], [n], [m, 1], [1, n], [m, n], [1, 1]]);
  const inputs = [fill(transA === 1 ? [k, m] : [m, k]), fill(transB === 1 ? [n, k] : [k, n]), c && fill(c)];
  return of(m, n, { transA, transB, alpha: factor() || 1, beta: random.chance(0.1) ? 0 : factor() }, inputs, random);
}

/** a · b · alpha + c · beta */
const one = (about: string, [a, b, c]: readonly number[], factors: Factors, leaves: readonly Claim[], not: readonly Claim[] = []) => ({
  about,
  of: of(1, 1, factors, [numbers([1, 1], [a]), numbers([1, 1], [b]), numbers([1], [c])]),
  leaves,
  not,
});

export const gemm: OperatorCases = {
  random: (random) => draw(random, random.int(1, 5), random.int(1, 9), drawLength(random), (shape) => float(shape, random)),
  long: (random) => Array.from({ length: 8 }, () => draw(random, 4, 33, 700, (shape) => float(shape, random, () => bitsOf(Math.fround(random.normal()))))),
  special: [
    one("a product that overflows before alpha makes it smaller", [2 ** 65, 2 ** 65, 0], { alpha: 2 ** -100 }, [Infinity], [2 ** 30]),
    one("alpha makes a product overflow", [2 ** 63, 2 ** 63, 0], { alpha: 4 }, [Infinity]),
    // The product underflows to 0 before it is multiplied by alpha.
    one("a product that underflows", [2 ** -100, 2 ** -100, 0], { alpha: 2 ** 60 }, [0], [2 ** -140]),
    one("alpha and the bias in one rounding", [1 + 2 ** -12, 1, -1 - 2 ** -11], { alpha: 1 + 2 ** -12 }, [2 ** -24], [0]),
    one("a bias that alpha leaves alone", [1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11], {}, [0], [2 ** -24]),
    one("alpha 0 leaves beta · C", [3, 5, 7], { alpha: 0, beta: 2 }, [14], [15, 44]),
    one("a NaN as C", [1, 2, NaN], {}, [NaN]),
    one("−∞ as C", [1, 2, -Infinity], {}, [-Infinity], [2]),
    one("−∞ as C under a beta below 0", [1, 2, -Infinity], { beta: -1 }, [Infinity], [2]),
    one("∞ under an alpha below 0", [1, Infinity, 5], { alpha: -1 }, [-Infinity]),
    one("−∞ and ∞", [1, Infinity, Infinity], { alpha: -1 }, [NaN]),
    one("a NaN as C under a beta of 0", [1, 2, NaN], { beta: 0 }, [2], [2.0001]),
  ],
};
