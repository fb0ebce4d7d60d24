import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { mixedBits, SPECIAL_BITS } from "../../support/floats.ts";
import type { OnnxCase } from "../../support/opCase.ts";
import type { Attribute } from "../../support/onnxModel.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";
import type { OperatorCases } from "./cases.ts";
import { anything, dims, INTEGERS, numbers, octets } from "./draw.ts";
import { broadcast, shapes } from "./elementwise.ts";
import { caseOf } from "./onnx.ts";

/** Operators that are exact on any type. */

const FORMATS: Readonly<Partial<Record<DType, { readonly fraction: number; readonly width: number }>>> = {
  [DType.float16]: { fraction: 10, width: 16 },
  [DType.float32]: { fraction: 23, width: 32 },
  [DType.float64]: { fraction: 52, width: 64 },
};

/** Elements with these bits. */
export function ofBits(dtype: DType, dims: readonly number[], bits: readonly bigint[]): NodeInput {
  const width = widthOf(dtype);
  const raw = new Uint8Array(width * bits.length);
  bits.forEach((value, i) => {
    for (let k = 0; k < width; k++) raw[i * width + k] = Number((value >> BigInt(8 * k)) & 255n);
  });
  return { dtype, dims, raw };
}

/** Numbers at which a type behaves differently: zeros, ends, what lies around powers of two; NaN and infinities where it has them. */
export function edges(dtype: DType): bigint[] {
  if (dtype === DType.bool) return [0n, 1n];
  const width = BigInt(8 * widthOf(dtype));
  const sign = 1n << (width - 1n);
  const format = FORMATS[dtype];
  const magnitudes =
    format === undefined
      ? [0n, 1n, 2n, 7n, sign - 1n, sign >> 1n, 0x80n, 0x7fn]
      : [0n, 1n, (1n << BigInt(format.fraction)) - 1n, 1n << BigInt(format.fraction), ...floatEdges(dtype)];
  return [...new Set(magnitudes.flatMap((bits) => [bits, format === undefined ? -bits : bits | sign]).map((bits) => BigInt.asUintN(Number(width), bits)))];
}

/** Infinity, NaNs, the greatest number, halves, and numbers around the ends of integer types. */
function floatEdges(dtype: DType): bigint[] {
  const view = new DataView(new ArrayBuffer(8));
  const bitsOf = (value: number): bigint => {
    if (dtype === DType.float32) view.setFloat32(0, value);
    else if (dtype === DType.float64) view.setFloat64(0, value);
    else view.setFloat16(0, value);
    return view.getBigUint64(0) >> BigInt(64 - 8 * widthOf(dtype));
  };
  const infinity = bitsOf(Infinity);
  const numbers = [0.5, 1, 1.5, 2.5, 0.75, 65504, 65520, 2 ** 11 + 1];
  const ends = [7, 8, 15, 16, 31, 32, 63, 64].flatMap((k) => [2 ** k - 1, 2 ** k - 0.5, 2 ** k, 2 ** k + 1]);
  const around = [...numbers, ...ends].map(bitsOf).filter((bits) => bits < infinity);
  return [...around, ...around.map((bits) => bits - 1n), infinity - 1n, infinity, infinity + 1n, infinity | (infinity >> 1n)];
}

/** Some of them: both zeros, what lies beside them, ones, the ends, an infinity and a NaN. */
export function few(dtype: DType): bigint[] {
  const all = edges(dtype);
  return all.length < 20 ? all : [...all.slice(0, 4), ...all.slice(10, 12), ...all.slice(-8)];
}

/** Numbers as models have them and from the edges of the type, so that some are equal. */
export function numbersOf(dtype: DType, dims: readonly number[], random: Random): NodeInput {
  if (dtype === DType.bool) return anything(dtype, dims, random);
  const special = edges(dtype);
  const width = 8 * widthOf(dtype);
  const any = (): bigint => BigInt.asUintN(width, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
  const small = (): bigint => BigInt.asUintN(width, BigInt(random.int(-3, 3)));
  const single = (): bigint => (dtype === DType.float32 ? BigInt(random.chance(0.5) ? mixedBits(random) : random.pick(SPECIAL_BITS)) : any());
  const next = random.pick([any, () => random.pick(special), FORMATS[dtype] === undefined ? small : single, () => random.pick([any, () => random.pick(special)])()]);
  return ofBits(dtype, dims, Array.from({ length: sizeOf(dims) }, next));
}

export const FLOATS: readonly DType[] = [DType.float32, DType.float64, DType.float16];
export const ORDERED: readonly DType[] = [...FLOATS, ...INTEGERS];

/** How a node is written besides its operands. */
export interface Written {
  readonly attributes?: Record<string, Attribute>;
  readonly opset?: number;
  /** Of the output; that of the operands where it is left out. */
  readonly result?: DType;
}

/** A node of operands of one type, which are broadcast. */
export const ofOperands = (op: string, operands: readonly NodeInput[], { result, opset = 20, attributes }: Written = {}, random?: Random): OnnxCase =>
  caseOf({ op, attributes, opset, inputs: operands, output: { dtype: result ?? (operands[0].dtype as DType), dims: operands.map(({ dims }) => dims).reduce(broadcast) } }, random);

/** A function of one operand of one of these types: random ones, and special numbers. */
export const onOne = (op: string, types: readonly DType[], written: Written = {}): Pick<OperatorCases, "random" | "every"> => ({
  random: (random) => ofOperands(op, [numbersOf(random.pick(types), dims(random, 0, 4), random)], written, random),
  every: types.map((dtype) => ofOperands(op, [ofBits(dtype, [edges(dtype).length], edges(dtype))], written)),
});

/** Whatever both give. */
export const oneOf = (...all: readonly Pick<OperatorCases, "random" | "every">[]): Pick<OperatorCases, "random" | "every"> => ({
  random: (random) => random.pick(all).random(random),
  every: all.flatMap(({ every = [] }) => every),
});

/** A function of two operands of one of these types that are broadcast: random ones, and special numbers with each other. */
export const onTwo = (
  op: string,
  types: readonly DType[],
  written: Written = {},
  second: (operand: NodeInput) => NodeInput = (operand) => operand,
): Pick<OperatorCases, "random" | "every"> => ({
  random(random) {
    const dtype = random.pick(types);
    const [a, b] = shapes(random).map((shape) => numbersOf(dtype, shape, random));
    return ofOperands(op, [a, second(b)], written, random);
  },
  every: types.map((dtype) => {
    const all = few(dtype);
    return ofOperands(op, [ofBits(dtype, [all.length, 1], all), second(ofBits(dtype, [all.length], all))], written);
  }),
});

/** A comparison of numbers of these types. */
export const comparison = (op: string, types: readonly DType[]): Pick<OperatorCases, "random" | "every"> => onTwo(op, types, { result: DType.bool });

/** One number with another one, in float32. */
export const compared = (op: string, a: number, b: number): OnnxCase => ofOperands(op, [numbers([1], [a]), numbers([1], [b])], { result: DType.bool });

/** Bools; or 8-bit integers. */
export const bools = (...values: readonly number[]): NodeInput => ({ dtype: DType.bool, dims: [values.length], raw: Uint8Array.from(values) });
export const small = (dtype: typeof DType.int8 | typeof DType.uint8, ...values: readonly number[]): NodeInput => octets(dtype, [values.length], values.map((value) => value & 255));
