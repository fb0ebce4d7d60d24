import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { anything, dims, float, int64, words } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

/** Any element type: what moves elements computes nothing. */
export const drawAny = (random: Random, shape: readonly number[]): NodeInput =>
  random.chance(0.3) ? float(shape, random) : anything(random.pick(Object.values(DType).filter((type) => type !== DType.float16)), shape, random);

/** A random way to write `size` as a product. */
function factors(size: number, random: Random): number[] {
  const out: number[] = [];
  let rest = size;
  while (rest > 1 && out.length < 4) {
    const d = random.pick(Array.from({ length: rest }, (_, i) => i + 1).filter((divisor) => rest % divisor === 0));
    out.push(d);
    rest /= d;
  }
  return [...out, rest];
}

const special = caseOf({ op: "Reshape", inputs: [words([2], [0x80000000, 0x7fc00000]), int64([1, 2])], output: { dtype: DType.float32, dims: [1, 2] } });

export const reshape: OperatorCases = {
  keepsSigns: true,
  random(random): OnnxCase {
    const from = dims(random, 1, 5);
    const x = drawAny(random, from);
    const of = (op: string, to: readonly number[], more: object = {}, inputs: readonly NodeInput[] = [x]) =>
      caseOf({ op, inputs, output: { dtype: x.dtype as DType, dims: to }, ...more }, random);
    const op = random.pick(["Reshape", "Flatten", "Identity"]);
    if (op === "Identity") return of(op, from);
    const axis = random.int(0, from.length);
    if (op === "Flatten") return of(op, [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis))], { attributes: { axis: { int: axis } } });
    const to = factors(sizeOf(from), random);
    return of(op, to, {}, [x, int64(to)]);
  },
  special: [
    { about: "a zero has no sign", of: special, element: 0, leaves: [0], not: [1n] },
    { about: "a NaN has no payload", of: special, element: 1, leaves: [NaN] },
  ],
};
