import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase, OpCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers, type ByteType } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawProduct, type Product } from "./support/products.ts";
import { drawQuantised, quantisedInputs } from "./support/quantised.ts";

const of = (s: Product, inputs: readonly NodeInput[], random?: Random): OnnxCase =>
  caseOf({ op: "QLinearMatMul", inputs, output: { dtype: inputs[7].dtype as DType, dims: s.y } }, random);

function draw(s: Product, random: Random): OnnxCase {
  // A batch of matrices has a scale per matrix and column, which the compiler refuses, or one for all.
  const single = s.b.length > 1 && s.b.slice(0, -2).every((d) => d === 1);
  const channels = single ? [...s.b.slice(0, -1).map(() => 1), s.b[s.b.length - 1]] : [];
  return of(s, drawQuantised(random, { a: s.a, b: s.b, products: s.a[s.a.length - 1], channels }), random);
}

function matrices(m: number, k: number, n: number): Product {
  return { a: [m, k], b: [k, n], y: [m, n] };
}

/** The same byte everywhere, under scales of 1. */
function uniform(dtype: ByteType, k: number, [a, b]: readonly [number, number], y: number, zero: number): OnnxCase {
  const operand = (shape: readonly number[], value: number) => ({ dims: shape, bytes: new Array<number>(k).fill(value), scale: 1, zero: 0 });
  return of(matrices(1, k, 1), quantisedInputs(dtype, operand([1, k], a), operand([k, 1], b), { scale: y, zero }));
}

/** As many products of 255 and 255 as reach past 2³¹, where sums wrap around: the compiler refuses them. */
function wrapping(k: number): OnnxCase {
  const c = uniform(DType.uint8, 1, [255, 255], 2 ** 24, 130);
  const raw = new Uint8Array(k).fill(255);
  const dims = (i: number): number[] | undefined => (i === 0 ? [1, k] : i === 3 ? [k, 1] : undefined);
  return {
    ...c,
    node: { ...c.node, inputs: c.node.inputs.map((t, i) => ({ ...t!, dims: dims(i) ?? t!.dims })) },
    inputs: c.inputs.map((old, i) => (dims(i) ? raw : old)),
    onnxInputs: c.onnxInputs!.map((t, i) => ({ ...t!, dims: dims(i) ?? t!.dims, raw: dims(i) ? raw : t!.raw })),
  };
}

/** Columns of the second operand lie together. */
function cost(length: number, random: Random): { c: OpCase; element: number } {
  const bytes = () => Array.from({ length: 2 * length }, () => random.int(0, 255));
  const [a, b] = [{ dims: [2, length], bytes: bytes(), scale: 1, zero: 3 }, { dims: [length, 2], bytes: bytes(), scale: 1, zero: 0 }];
  const inputs = quantisedInputs(DType.int8, a, b, { scale: 2 ** 16, zero: 0 });
  const c = of(matrices(2, length, 2), inputs);
  return { c: { ...c, node: { ...c.node, inputs: c.node.inputs.map((t, i) => (i === 3 ? { ...t!, perm: [1, 0] } : t)) } }, element: 2 };
}

/** A scale for every row of the first operand. */
function perRow(): OnnxCase {
  const operand = (dims: readonly number[]) => ({ dims, bytes: new Array<number>(sizeOf(dims)).fill(1), scale: 1, zero: 0 });
  const c = of(matrices(3, 4, 2), quantisedInputs(DType.int8, operand([3, 4]), operand([4, 2]), { scale: 1, zero: 0 }));
  return { ...c, onnxInputs: c.onnxInputs!.map((t, i) => (i === 1 ? numbers([3], [1, 1, 1]) : t)) };
}

/** A node one of whose inputs has another type. */
function odd(input: number, dtype: DType): OpCase {
  const c = uniform(DType.int8, 4, [1, 1], 1, 0);
  const at = c.node.inputs[input]!;
  const raw = new Uint8Array(sizeOf(at.dims) * (dtype === DType.float32 ? 4 : 1));
  return { node: { ...c.node, inputs: c.node.inputs.map((t, i) => (i === input ? { ...at, dtype } : t)) }, inputs: c.inputs.map((old, i) => (i === input ? raw : old)) };
}

export const qLinearMatMul: OperatorCases = {
  random: (random) => draw(drawProduct(random), random),
  long: (random) => [
    ...Array.from({ length: 30 }, () => draw(matrices(random.int(1, 3), random.int(100, 3000), random.int(1, 3)), random)),
    wrapping(40_000),
  ],
  special: [
    { about: "a tie goes to the even number", of: uniform(DType.int8, 5, [1, 1], 2, 0), leaves: [2] },
    { about: "a sum that saturates", of: uniform(DType.int8, 4, [100, 0x9c], 1, 0), leaves: [0x80] },
    { about: "an output scale of zero: either end", of: uniform(DType.uint8, 4, [1, 1], 0, 9), leaves: [0, 0xff] },
    { about: "an output scale of −0: either end", of: uniform(DType.uint8, 4, [1, 1], -0, 9), leaves: [0, 0xff] },
    { about: "an output scale of zero and a sum of zero: the zero point besides", of: uniform(DType.int8, 4, [1, 0], 0, 9), leaves: [0x80, 0x7f, 9] },
  ],
  refused: [
    ...[2, 5, 7].map((i) => ({ about: `input ${i}, a zero point of another type than its tensor's`, of: odd(i, DType.uint8), error: "DTypeUnsupported" as const })),
    { about: "an operand of floats", of: odd(3, DType.float32), error: "DTypeUnsupported" },
  ],
  unheardOf: [{ about: "a scale for every row", of: perRow(), says: "scale" }],
  costs: [{ about: "multiply-accumulate", most: 20, units: [288, 576, 2304], of: cost }],
};
