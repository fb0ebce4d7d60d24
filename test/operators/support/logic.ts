import { DType } from "../../../core/tensor/dtype.ts";
import type { OnnxCase } from "../../support/opCase.ts";
import type { Attribute } from "../../support/onnxModel.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";
import type { OperatorCases } from "./cases.ts";
import { dims, numbers, octets } from "./draw.ts";
import { edges, few, numbersOf, ofBits } from "./edges.ts";
import { broadcast, shapes } from "./elementwise.ts";
import { caseOf } from "./onnx.ts";

/** Operators that are exact on any type. */

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
