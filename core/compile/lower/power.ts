import { numbersOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { integerAttribute, type Known, type Lowered, type Lowering, type Site } from "./lowering.ts";
import { LARGEST, LEAST, SCALE, SMALL } from "./logarithm.ts";
import { polynomial } from "./series.ts";
import { product, sum, twofold, type Twofold } from "./twofold.ts";
import { Writer, type Term } from "./writer.ts";

const INTEGERS: readonly number[] = [DType.int32, DType.int64];
const TYPES: readonly number[] = [DType.float32, ...INTEGERS];

/** Products of so many factors are within four units in the last place, and quotients of 1 and products of so many. */
const MOST_FACTORS = 8;
const MOST_DIVISORS = 4;

/** x^n for a positive whole n, by squaring. */
function multiplied(w: Writer, x: string, n: number): string {
  if (n === 1) return x;
  const half = multiplied(w, x, Math.floor(n / 2));
  const square = w.mul(half, half);
  return n % 2 === 0 ? square : w.mul(square, x);
}

/** x^n where a few exact operations give it. */
function simple(w: Writer, x: string, n: number): string | undefined {
  const size = Math.abs(n);
  if (size === 0.5) return n > 0 ? w.sqrt(x) : w.div(1, w.sqrt(x));
  if (n === 1.5) return w.mul(x, w.sqrt(x));
  if (!Number.isInteger(n) || n === 0 || n === 1 || n > MOST_FACTORS || n < -MOST_DIVISORS) return undefined;
  const power = multiplied(w, x, size);
  return n > 0 ? power : w.div(1, power);
}

/** ln 2 in two parts, of which the first has 15 bits: whole numbers below 2⁹ times it are exact. */
const LN2 = 45_426 / 2 ** 16;
const LN2_REST = Math.LN2 - LN2;

/** Square roots that bring 2⁻⁸⁵ … 2¹²⁸ between ½ and 2, and the terms of 2·artanh z / ln 2 that tell its logarithm within 2⁻¹³. */
const ROOTS = 7;
const COARSE = [0, 1, 2].map((k) => 2 / (2 * k + 1) / Math.LN2);
/** Exponents of numbers between those. */
const [LOWEST, HIGHEST] = [-86, 128];
/** What follows 2s in 2·artanh s, of s³; the next term is below 2⁻³⁴ of 2s where |s| is at most 0.18. */
const TAIL = [3, 5, 7, 9, 11, 13].map((n) => 2 / n);

/** The whole number next to log₂ a, give or take a hundredth. A NaN has the lowest. */
function exponentOf(w: Writer, a: string): string {
  let root = a;
  for (let i = 0; i < ROOTS; i++) root = w.sqrt(root);
  const z = w.div(w.sub(root, 1), w.add(root, 1));
  const logarithm = w.mul(w.mul(z, polynomial(w, w.mul(z, z), COARSE)), 2 ** ROOTS);
  const k = w.of("Floor", [w.add(logarithm, 0.5)]);
  return w.where(w.less(LOWEST, k), w.min(k, HIGHEST), LOWEST);
}

/**
 * The natural logarithm of a positive number a within 2⁻²⁹ of it: of a = m·2^k it is k·ln 2 + 2·artanh s with s = (m − 1)/(m + 1),
 * whose rounding error is the remainder of the division, divided.
 */
function logarithm(w: Writer, a: string): Twofold {
  const isSmall = w.less(a, SMALL);
  const scaled = w.min(w.where(isSmall, w.mul(a, SCALE), a), LARGEST);
  const k = exponentOf(w, scaled);
  const place = w.of("Cast", [w.sub(k, LOWEST)], [integerAttribute("to", DType.int64)]);
  const powers = Float32Array.from({ length: HIGHEST - LOWEST + 1 }, (_, i) => 2 ** -(LOWEST + i));
  const m = w.mul(scaled, w.of("Gather", [w.constant([powers.length], powers), place]));
  const under = sum(w, 1, m);
  const above = w.sub(m, 1);
  const s = w.div(above, under.high);
  const back = product(w, s, under.high);
  const left = w.sub(w.sub(w.sub(above, back.high), back.low), w.mul(s, under.low));
  const square = w.mul(s, s);
  const tail = w.mul(w.mul(s, square), polynomial(w, square, TAIL));
  const exponent = w.sub(k, w.where(isSmall, Math.log2(SCALE), 0));
  const twice = w.mul(s, 2);
  const { high, low } = sum(w, w.mul(exponent, LN2), twice);
  const rest = w.add(w.add(tail, w.mul(w.div(left, under.high), 2)), w.mul(exponent, LN2_REST));
  return sum(w, high, w.add(low, rest));
}

/** Greater exponents give 0, 1 or infinity, as this one does. */
const MOST = 2 ** 40;

/** |x|^y = e^(y·ln |x|), where the part of the exponent that float32 does not hold is a factor of its own; then what C's pow says. */
function general(w: Writer, x: Term, y: Term): string {
  const exponent = typeof y === "number" ? Math.max(-MOST, Math.min(MOST, y)) : w.clip(y, -MOST, MOST);
  const a = typeof x === "number" ? Math.abs(x) : w.abs(x);
  const isOrdinary = typeof a === "number" && a > 0 && a <= LARGEST;
  const ln = isOrdinary ? twofold(Math.log(a)) : logarithm(w, a as string);
  const { high, low } = product(w, exponent, ln.high);
  const rest = w.clip(w.add(low, w.mul(exponent, ln.low)), -0.5, 0.5);
  const power = w.mul(w.exp(high), w.add(rest, 1));
  if (isOrdinary) return x === a ? power : w.mul(power, signOf(w, exponent, NaN));
  const isNegative = w.less(x, 0);
  const inside = w.where(isNegative, w.mul(power, signOf(w, exponent, NaN)), power);
  const extreme = w.where(w.less(0, w.mul(exponent, w.sub(a, 1))), Infinity, 0);
  const edge = w.where(isNegative, w.mul(extreme, signOf(w, exponent, 1)), extreme);
  const isEdge = w.less(0, w.abs(w.sub(a, w.clip(a, LEAST, LARGEST))));
  const signed = w.where(isEdge, edge, inside);
  if (typeof exponent === "number") return signed;
  return w.where(w.less(w.abs(exponent), LEAST), 1, signed);
}

/** x^n of float32. */
export const raised = (w: Writer, x: string, n: number): string => simple(w, x, n) ?? general(w, x, n);

/** (−1)^y for a whole number y, else the number that is given. */
function signOf(w: Writer, y: Term, otherwise: number): Term {
  if (typeof y === "number") return Number.isInteger(y) ? 1 - 2 * Math.abs(y % 2) : otherwise;
  const half = w.mul(y, 0.5);
  const isOdd = w.mul(w.sub(half, w.of("Floor", [half])), 4);
  return w.where(w.less(0, w.sub(y, w.of("Floor", [y]))), otherwise, w.sub(1, isOdd));
}

/** The one number of a constant that adds no axis to the other operand. */
function scalarOf({ constant, dims }: Known, other: Known): number | undefined {
  return constant !== undefined && sizeOf(constant.dims) === 1 && dims.length <= other.dims.length ? numbersOf(constant)[0] : undefined;
}

const cast = (w: Writer, x: string, to: number): string => w.of("Cast", [x], [integerAttribute("to", to)]);

function powerOf(site: Site, base: Known, exponent: Known): Lowered | undefined {
  const [x, y] = site.node.input;
  const w = new Writer(site);
  const [a, n] = [scalarOf(base, exponent), scalarOf(exponent, base)];
  if (n === 1) return w.done(w.of("Identity", [x]));
  if (INTEGERS.includes(base.dtype)) {
    if (n !== undefined && Number.isInteger(n) && n > 1 && n <= MOST_FACTORS) return w.done(multiplied(w, x, n));
    if (site.opset < ROUNDS) return undefined;
  }
  const written = n === undefined ? undefined : simple(w, x, n);
  if (written !== undefined && base.dtype === DType.float32) return w.done(written);
  const asFloat = (name: string, { dtype }: Known): string => (dtype === DType.float32 ? name : cast(w, name, DType.float32));
  const power = general(w, a ?? asFloat(x, base), n ?? asFloat(y, exponent));
  return w.done(base.dtype === DType.float32 ? power : cast(w, w.of("Round", [power]), base.dtype));
}

/** Since this opset there is Round. */
const ROUNDS = 11;
const CHOOSES = 9;

/** What a power is written in terms of. */
export const INTO_POWER: readonly string[] = ["Abs", "Add", "Cast", "Clip", "Div", "Exp", "Floor", "Gather", "Less", "Min", "Mul", "Sqrt", "Sub", "Where"];

/**
 * Powers in general. Of whole numbers the nearest one is taken, which is right as long as the result is below 2²².
 */
export const power: Lowering = {
  onnx: { Pow: { since: 1, shapedBy: "shapes" } },
  into: [...INTO_POWER, "Identity", "Round"],
  difference: "portable",
  where: `base and exponent are float32, int32 or int64, and the opset is ${CHOOSES} or later (${ROUNDS} for whole numbers with an exponent above ${MOST_FACTORS})`,
  rewrite(site) {
    const [base, exponent] = site.inputs;
    if (base === undefined || exponent === undefined || site.opset < CHOOSES) return undefined;
    if (![base, exponent].every(({ dtype }) => TYPES.includes(dtype))) return undefined;
    return powerOf(site, base, exponent);
  },
};
