import { DType, widthOf, type DType as Type } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { Judge, bitsAt, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const TYPES: readonly Type[] = [1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13];

/** Any bits, but a bool is 0 or 1. */
const bytes = (dtype: Type, length: number, random: Random): Uint8Array =>
  Uint8Array.from({ length }, () => (dtype === DType.bool ? random.int(0, 1) : random.int(0, 255)));

/** A random way to write `size` as a product. */
function factors(size: number, random: Random): number[] {
  const dims: number[] = [];
  let rest = size;
  while (rest > 1 && dims.length < 4) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
    const d = random.pick(divisors);
    dims.push(d);
    rest /= d;
  }
  dims.push(rest);
  return dims;
}

function reshape(random: Random): OnnxCase {
  const dtype = random.pick(TYPES);
  const from = Array.from({ length: random.int(1, 5) }, () => random.int(1, 5));
  const input = tensor(dtype, from, random);
  const raw = bytes(dtype, byteLength(input), random);
  const op = random.pick(["Reshape", "Flatten", "Identity"]);
  const row = (dims: readonly number[]) => ({
    opcode: Opcode.Reshape, rule: Rule.equal, chunk: 0, flags: 0, attributes: [],
    output: tensor(dtype, dims, random), inputs: [input],
  });
  if (op === "Flatten") {
    const axis = random.int(0, from.length);
    const to = [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis))];
    return { node: row(to), inputs: [raw], onnx: { op, attributes: { axis: { int: axis } } } };
  }
  if (op === "Identity") return { node: row(from), inputs: [raw], onnx: { op } };
  const to = factors(sizeOf(from), random);
  const shape = { dtype: DType.int64, dims: [to.length], raw: new Uint8Array(BigInt64Array.from(to.map(BigInt)).buffer), constant: true };
  return { node: row(to), inputs: [raw], onnx: { op }, onnxInputs: [{ dtype, dims: from, raw }, shape] };
}

describe("Reshape", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, every type and layout`, async () => {
    const random = new Random(301);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const c = reshape(random);
      const { dtype, dims } = c.node.output;
      const honest = await honestOutput(c);
      const element = random.int(0, sizeOf(dims) - 1);
      const right = bitsAt(honest, dtype, element);
      judge.ask(c, element, right, true);
      const wrong = right ^ (1n << BigInt(random.int(0, 8 * widthOf(dtype) - 1)));
      // A float32 may change in the sign of a zero or the payload of a NaN without changing its meaning.
      if (dtype !== DType.float32) judge.ask(c, element, wrong, false);
      else judge.ask(c, element, wrong);
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Reshape", async () => {
      const random = new Random(302);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = reshape(random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const right = bitsAt(await honestOutput(c), c.node.output.dtype, element);
        picked.push(vector(c.onnx.op, c, element, right, true), vector(`${c.onnx.op}, another low bit`, c, element, right ^ 1n, false));
      }
      return picked;
    }));
});
