import { refuse } from "../../../faults.ts";
import type { Attributes } from "../../../onnx/model.ts";
import { filled, type Writer } from "../writer.ts";
import type { Matrix } from "./features.ts";
import { product } from "./linear.ts";

/** Operators that kernels are written in. */
export const KERNELS_INTO = ["Cast", "MatMul", "Add", "Sub", "Mul", "Exp", "Tanh", "Pow", "Reshape"];

/** Powers up to this one are products. */
const MOST_FACTORS = 8;

/** What a support vector machine compares its input with its support vectors by. */
export interface Kernel {
  readonly type: string;
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}

export function kernelOf(attributes: Attributes): Kernel {
  const [gamma = 0, coef0 = 0, degree = 0] = attributes.floats("kernel_params") ?? [];
  return { type: attributes.text("kernel_type", "LINEAR"), gamma, coef0, degree };
}

/** Of every row with every vector, which stand one behind the other: float32 [rows, count]. */
export function kernelValues(w: Writer, x: Matrix, vectors: readonly number[], count: number, { type, gamma, coef0, degree }: Kernel): string {
  if (vectors.length !== count * x.columns) refuse(`its ${vectors.length} numbers are no ${count} support vectors of ${x.columns} columns`);
  if (type === "RBF") return w.exp(w.mul(squaredDistances(w, x, vectors, count), -gamma));
  const dots = product(w, x, vectors, count);
  if (type === "LINEAR") return dots;
  const shifted = coef0 === 0 ? w.mul(dots, gamma) : w.add(w.mul(dots, gamma), coef0);
  if (type === "SIGMOID") return w.of("Tanh", [shifted]);
  if (type !== "POLY") return refuse(`its kernel_type ${type} is not known`);
  return power(w, shifted, degree);
}

/** Σ (x − v)² for every vector: of differences, for the difference of sums of squares would lose what is small. */
function squaredDistances(w: Writer, { name, rows, columns }: Matrix, vectors: readonly number[], count: number): string {
  const apart = w.sub(w.reshape(name, [rows, columns], [rows, 1, columns]), w.constant([1, count, columns], Float32Array.from(vectors)));
  const sums = w.of("MatMul", [w.mul(apart, apart), w.constant([columns, 1], filled([columns], 1))]);
  return w.reshape(sums, [rows, count, 1], [rows, count]);
}

/** (x · x) · x …, or a Pow where the degree is no small whole number. */
function power(w: Writer, x: string, degree: number): string {
  if (!Number.isInteger(degree) || degree < 1 || degree > MOST_FACTORS) return w.of("Pow", [x, degree]);
  let result = x;
  for (let factors = 1; factors < degree; factors++) result = w.mul(result, x);
  return result;
}
