import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase, OpCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { octets, type ByteType } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawProduct, type Product } from "./support/products.ts";
import { drawIntegers } from "./support/quantised.ts";

const of = (s: Product, inputs: readonly (NodeInput | undefined)[], random?: Random): OnnxCase =>
  caseOf({ op: "MatMulInteger", inputs, output: { dtype: DType.int32, dims: s.y } }, random);

/** As of a QLinearMatMul: a zero point for every column, unless there are several matrices. */
function draw(s: Product, random: Random): OnnxCase {
  const isSingle = s.b.length > 1 && s.b.slice(0, -2).every((d) => d === 1);
  const channels = isSingle ? [...s.b.slice(0, -1).map(() => 1), s.b[s.b.length - 1]] : [];
  return of(s, drawIntegers(random, { a: s.a, b: s.b, channels }), random);
}

const matrices = (m: number, k: number, n: number): Product => ({ a: [m, k], b: [k, n], y: [m, n] });

/** The same byte everywhere. */
function uniform(dtype: ByteType, k: number, [a, b]: readonly [number, number], zeros: readonly (number | undefined)[] = []): OnnxCase {
  const operand = (dims: readonly number[], value: number) => octets(dtype, dims, new Array<number>(sizeOf(dims)).fill(value));
  return of(matrices(1, k, 1), [operand([1, k], a), operand([k, 1], b), ...zeros.map((zero) => (zero === undefined ? undefined : octets(dtype, [], [zero])))]);
}

/** Columns of the second operand lie together. */
function cost(length: number, random: Random): { c: OpCase; element: number } {
  const operand = (dims: readonly number[]) => octets(DType.int8, dims, Array.from({ length: sizeOf(dims) }, () => random.int(0, 255)));
  const c = of(matrices(2, length, 2), [operand([2, length]), operand([length, 2]), octets(DType.int8, [], [3])]);
  return { c: { ...c, node: { ...c.node, inputs: c.node.inputs.map((t, i) => (i === 1 ? { ...t!, perm: [1, 0] } : t)) } }, element: 2 };
}

/** A node one of whose inputs has another type. */
function odd(input: number, dtype: DType): OpCase {
  const c = uniform(DType.int8, 4, [1, 1], [1, 1]);
  const at = c.node.inputs[input]!;
  const raw = new Uint8Array(sizeOf(at.dims) * (dtype === DType.float32 ? 4 : 1));
  return { node: { ...c.node, inputs: c.node.inputs.map((t, i) => (i === input ? { ...at, dtype } : t)) }, inputs: c.inputs.map((old, i) => (i === input ? raw : old)) };
}

/** An output of 8 bits. */
function narrow(): OpCase {
  const c = uniform(DType.int8, 4, [1, 1]);
  return { ...c, node: { ...c.node, output: { ...c.node.output, dtype: DType.int8 } } };
}

export const matMulInteger: OperatorCases = {
  random: (random) => draw(drawProduct(random), random),
  long: (random) => [
    ...Array.from({ length: 30 }, () => draw(matrices(random.int(1, 3), random.int(100, 3000), random.int(1, 3)), random)),
    // 40,000 products of 255 and 255 reach past 2³¹: the sum wraps around.
    uniform(DType.uint8, 40_000, [255, 255]),
  ],
  special: [
    { about: "a sum without zero points", of: uniform(DType.int8, 5, [3, 0xfe]), leaves: [-30] },
    { about: "only the second zero point", of: uniform(DType.uint8, 5, [3, 2], [undefined, 4]), leaves: [-30] },
    { about: "the ends of the types", of: uniform(DType.uint8, 2, [255, 0], [0, 255]), leaves: [-130_050] },
  ],
  refused: [
    ...[2, 3].map((i) => ({ about: `input ${i}, a zero point of another type than its operand's`, of: odd(i, DType.uint8), error: "DTypeUnsupported" as const })),
    { about: "an operand of floats", of: odd(1, DType.float32), error: "DTypeUnsupported" },
    { about: "an output of 8 bits", of: narrow(), error: "DTypeUnsupported" },
  ],
  costs: [{ about: "multiply-accumulate", most: 20, units: [288, 576, 2304], of: cost }],
};
