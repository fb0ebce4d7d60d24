import { bitsOf } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { SPECIAL_BITS } from "../../support/floats.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";
import { numbers, octets, words, type ByteType } from "./draw.ts";

/** Types of the first and the second operand that onnxruntime multiplies; the output has the first one's. */
const TYPES: readonly (readonly [ByteType, ByteType])[] = [
  [DType.uint8, DType.uint8],
  [DType.uint8, DType.int8],
  [DType.int8, DType.int8],
];

/** 8-bit values between these. */
function drawBytes(random: Random, dtype: ByteType, shape: readonly number[], least = 0, most = 255): NodeInput {
  const any = () => random.int(least, most);
  const draw = random.pick([any, any, () => random.int(-4, 3), () => random.pick([least, 0, most]), () => random.pick([least, most]), () => (least === 0 ? 0x80 : least)]);
  return octets(dtype, shape, Array.from({ length: sizeOf(shape) }, draw));
}

const zeroPoint = (random: Random): number => random.pick([0, 0, 128, 127, 255, random.int(0, 255)]);

/** The three scales of a product: first operand, second operand (one or one per channel), output. */
interface Scales {
  readonly a: number;
  readonly b: readonly number[];
  readonly y: number;
}

/** As models have them: outputs fill their range, now and then they saturate. */
function usualScales(products: number, channels: number, random: Random): Scales {
  const a = Math.fround(0.001 + random.unit() * 0.1);
  const b = Array.from({ length: channels }, () => Math.fround(0.001 + random.unit() * 0.05));
  return { a, b, y: Math.fround(a * b[0] * Math.sqrt(products) * 2 ** (random.unit() * 14 - 2)) };
}

/** Powers of two, which make ties frequent. */
function roundScales(products: number, channels: number, random: Random): Scales {
  const power = (low: number, high: number) => 2 ** random.int(low, high);
  return {
    a: power(-6, 0),
    b: Array.from({ length: channels }, () => power(-6, 0)),
    y: power(-8, 2) * 2 ** Math.ceil(Math.log2(products * 64)) * 2 ** -random.int(0, 8),
  };
}

/** That no sensible model has, but a computed one may take. */
function wildBits(random: Random): number {
  const choices = [
    () => random.pick(SPECIAL_BITS),
    () => random.u32(),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-60, 60))),
    () => bitsOf(Math.fround((random.unit() + 0.5) * 2 ** random.int(-12, 2))),
  ];
  return random.pick(choices)();
}

export interface QuantisedShapes {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Products that an element is made of. */
  readonly products: number;
  /** Shape of scales and zero points of the second operand where there is one for every channel. */
  readonly channels: readonly number[];
  /** Whether those zero points must be the same. */
  readonly oneZero?: boolean;
}

/** The eight inputs that a quantised product begins with; scales and zero points are constants or computed. */
export function drawQuantised(random: Random, { a, b, products, channels, oneZero = false }: QuantisedShapes): NodeInput[] {
  const [typeA, typeB] = random.pick(TYPES);
  // Weights in 7 bits, where some processors would saturate else; the compiler must see them.
  const mixed = typeA !== typeB;
  const constant = random.chance(0.5);
  const perChannel = random.chance(0.5) ? channels : [];
  const zeros = random.chance(0.6) ? (oneZero ? perChannel : channels) : [];
  const scalar = random.chance(0.5) ? [1] : [];
  const point = (dtype: ByteType, shape: readonly number[]): NodeInput => {
    const one = zeroPoint(random);
    return { ...octets(dtype, shape, Array.from({ length: sizeOf(shape) }, () => (oneZero ? one : zeroPoint(random)))), constant: constant || (oneZero && sizeOf(shape) > 1) };
  };
  const kind = random.pick(["usual", "usual", "usual", "round", "wild", "zero"] as const);
  const { a: sa, b: sb, y } = (kind === "round" ? roundScales : usualScales)(products, sizeOf(perChannel), random);
  const scale = (shape: readonly number[], values: readonly number[]): NodeInput => {
    if (kind === "wild") return words(shape, values.map(() => wildBits(random)));
    return { ...numbers(shape, values), constant: constant && kind !== "zero" };
  };
  return [
    drawBytes(random, typeA, a),
    scale(scalar, [sa]),
    point(typeA, scalar),
    mixed ? { ...drawBytes(random, typeB, b, -64, 63), constant: true } : { ...drawBytes(random, typeB, b), constant },
    scale(perChannel, sb),
    point(typeB, zeros),
    scale(scalar, [kind === "zero" ? random.pick([0, -0]) : y]),
    point(typeA, scalar),
  ];
}

/** The four inputs of a plain product: operands and zero points, of which any may be absent, constants or computed. */
export function drawIntegers(
  random: Random,
  { a, b, channels, isUnsigned = false }: Pick<QuantisedShapes, "a" | "b" | "channels"> & { readonly isUnsigned?: boolean },
): (NodeInput | undefined)[] {
  const [typeA, typeB] = random.pick(isUnsigned ? TYPES.slice(0, 2) : TYPES);
  const mixed = typeA !== typeB;
  const constant = random.chance(0.5);
  const point = (dtype: ByteType, shape: readonly number[]): NodeInput | undefined =>
    random.chance(0.3) ? undefined : { ...octets(dtype, shape, Array.from({ length: sizeOf(shape) }, () => zeroPoint(random))), constant };
  return [
    drawBytes(random, typeA, a),
    mixed ? { ...drawBytes(random, typeB, b, -64, 63), constant: true } : { ...drawBytes(random, typeB, b), constant },
    point(typeA, random.chance(0.5) ? [1] : []),
    point(typeB, random.chance(0.5) ? channels : []),
  ];
}

/** Those inputs of numbers that are told, all computed. */
export const quantisedInputs = (
  dtype: ByteType,
  a: { readonly dims: readonly number[]; readonly bytes: readonly number[]; readonly scale: number; readonly zero: number },
  b: { readonly dims: readonly number[]; readonly bytes: readonly number[]; readonly scale: number; readonly zero: number },
  y: { readonly scale: number; readonly zero: number },
): NodeInput[] => [
  octets(dtype, a.dims, a.bytes), numbers([], [a.scale]), octets(dtype, [], [a.zero]),
  octets(dtype, b.dims, b.bytes), numbers([], [b.scale]), octets(dtype, [], [b.zero]),
  numbers([], [y.scale]), octets(dtype, [], [y.zero]),
];
