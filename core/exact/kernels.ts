import { Rule } from "../program/types.ts";
import { exactly } from "./acceptance.ts";
import { add, decode, divide, fusedMultiplyAdd, isFinite, multiply, nearest, negate, ONE, UNIT_BITS, type Value } from "./binary32.ts";
import { define } from "./define.ts";
import { required } from "./operand.ts";

/**
 * Functions of one number, operation by operation as docs/operators/kernels.md writes them, on whole units; powers of two are
 * split as the runtime splits them.
 */

/** The binary32 number nearest to a decimal such as "-1.25e-3". */
function decimal(text: string): bigint {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(text)!;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(sign + whole + fraction) * ONE;
  return finite(power < 0 ? nearest(digits, 10n ** BigInt(-power)) : nearest(digits * 10n ** BigInt(power), 1n));
}

function finite(value: Value): bigint {
  if (!isFinite(value)) throw new RangeError("a number of a kernel is not finite");
  return value;
}

const clamp = (x: Value, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : (x as bigint));

/** Coefficients from the highest power down; every step is one fused multiply-add. */
const polynomial = (x: bigint, coefficients: readonly string[], start = decimal(coefficients[0])): bigint =>
  coefficients.slice(1).reduce((p, c) => finite(fusedMultiplyAdd(p, x, decimal(c))), start);

/** 2ᵉ as a number of units. */
const powerOfTwo = (e: number): bigint => 1n << (UNIT_BITS + BigInt(e));

/** m and r of x = m · ln 2 + r. */
function reduced(x: bigint): readonly [m: number, r: bigint] {
  // The sum of x / ln 2 and 1.5 · 2²³ is rounded to an integer.
  const magic = 12582912n * ONE;
  const shifted = finite(fusedMultiplyAdd(decimal("1.44269504088896341"), x, magic));
  const m = finite(add(shifted, negate(magic)));
  const first = finite(fusedMultiplyAdd(m, decimal("-6.93145752e-1"), x));
  return [Number(m / ONE), finite(fusedMultiplyAdd(m, decimal("-1.42860677e-6"), first))];
}

/** 2ᵐ is a product of o and n, n between 2⁻¹²⁶ and 2¹²⁷; the last two coefficients are 1. */
function exponential(x: bigint, coefficients: readonly string[]): Value {
  const [m, r] = reduced(x);
  const n = Math.max(-126, Math.min(127, m));
  const o = powerOfTwo(m - n);
  const p = fusedMultiplyAdd(polynomial(r, [...coefficients, "1"]), multiply(r, o), o);
  return multiply(p, powerOfTwo(n));
}

const EXP = ["1.3780594e-3", "8.37312452e-3", "4.16695364e-2", "1.66664720e-1", "4.99999851e-1"];
const TANH = {
  end: "9",
  over: ["-2.76076847742355e-16", "2.00018790482477e-13", "-8.60467152213735e-11", "5.12229709037114e-8", "1.48572235717979e-5", "6.37261928875436e-4", "4.89352455891786e-3"],
  under: ["1.19825839466702e-6", "1.18534705686654e-4", "2.268434632439e-3", "4.89352518554385e-3"],
};
const SIGMOID = {
  end: "18",
  over: ["4.37031012579801e-11", "1.15627324459942e-7", "6.08574864600143e-5", "8.51377133304701e-3", "2.48287947061529e-1"],
  under: ["6.10247389755681e-13", "5.76102136993427e-9", "6.2910678501704e-6", "1.70198817374094e-3", "1.16817656904453e-1", "9.93151921023180e-1"],
};
const ERF = {
  end: "3.925",
  middle: "0.921875",
  near: ["-5.99104969e-4", "4.99339588e-3", "-2.67667342e-2", "1.12818025e-1", "-3.76124859e-1", "1.28379151e-1"],
  far: ["1.72948930e-5", "-3.83208680e-4", "3.88393435e-3", "-2.42545605e-2", "1.06777847e-1", "6.34846687e-1", "1.28717512e-1"],
  exp: ["1.38319808e-3", "8.37550033e-3", "4.16689515e-2", "1.66664466e-1", "4.99999851e-1"],
};

/** Odd quotients of polynomials of the square, on an interval around zero. */
function quotient(x: Value, { end, over, under }: typeof TANH): bigint {
  const inside = clamp(x, -decimal(end), decimal(end));
  const square = finite(multiply(inside, inside));
  return finite(divide(multiply(polynomial(square, over), inside), polynomial(square, under))[0]);
}

const ONE_HALF = ONE / 2n;

const hyperbolicTangent = (x: Value): Value => quotient(x, TANH);

function logistic(x: Value): Value {
  const y = finite(add(quotient(x, SIGMOID), ONE_HALF));
  return y < 0n ? 0n : y;
}

function errorFunction(x: Value): Value {
  const a = clamp(x < 0 ? negate(x) : x, 0n, decimal(ERF.end));
  const near = (): Value => fusedMultiplyAdd(polynomial(finite(multiply(a, a)), ERF.near), a, a);
  const far = (): Value => add(ONE, negate(exponential(-finite(fusedMultiplyAdd(polynomial(a, ERF.far), a, a)), ERF.exp)));
  const y = a <= decimal(ERF.middle) ? near() : far();
  return x < 0 ? negate(y) : y;
}

/** x / 2 · (f + 1) */
const weighed = (x: Value, f: Value): Value => multiply(multiply(ONE_HALF, x), add(f, ONE));

function tangentInside(x: Value): Value {
  const cube = multiply(multiply(decimal("0.035677408136300125"), x), x);
  return multiply(x, add(cube, decimal("0.7978845608028654")));
}

/** α·x + β, from 0 to 1. */
function ramp(x: Value, alpha: Value, beta: Value): Value {
  const y = add(multiply(alpha, x), beta);
  return y !== y ? NaN : clamp(y, 0n, ONE);
}

/** A function of a number that is no NaN, and of the row's attributes as float32. */
const kernel = (of: Parameters<typeof define>[0], f: (x: Value, ...parameters: readonly Value[]) => Value) =>
  define(of, [Rule.kernel], (q) => {
    const x = required(q, 0).float(q.at);
    return exactly(x !== x ? NaN : f(x, ...q.node.attributes.map((bits) => decode(BigInt(bits >>> 0)))));
  });

/** A function that may itself be asked for one of NaN. */
const ofNumbers = (f: (x: Value) => Value) => (x: Value): Value => (x !== x ? NaN : f(x));

export const exp = kernel("Exp", (x) => exponential(clamp(x, decimal("-103.9720840454"), decimal("88.7762626647950")), EXP));
export const tanh = kernel("Tanh", hyperbolicTangent);
export const sigmoid = kernel("Sigmoid", logistic);
export const erf = kernel("Erf", errorFunction);
/** The attribute is 0 or 1, whose bits are those of 0 and of the least number above it. */
export const gelu = kernel("Gelu", (x, byTangent) =>
  weighed(x, byTangent === 0n ? ofNumbers(errorFunction)(multiply(x, decimal("0.7071067811865476"))) : ofNumbers(hyperbolicTangent)(tangentInside(x))),
);
export const hardSigmoid = kernel("HardSigmoid", ramp);
