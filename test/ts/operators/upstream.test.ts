import { expect } from "chai";
import { acceptance } from "../../../core/exact/index.ts";
import { bitsOf, floatOf } from "../../../core/math/float32.ts";
import { twin } from "../../../core/operators/index.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { canonicalBits } from "../../operators/support/special.ts";
import { SPECIAL_BITS, isFiniteBits, values } from "../../support/floats.ts";
import { Judge } from "../../support/judge.ts";
import { bitsAt, canonicalOutput, readersOf, type OnnxCase } from "../../support/opCase.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";
import { mayReadFloats, specialCase } from "../../support/specialNumbers.ts";

/**
 * Nothing is free that an honest run fixes: with NaN, infinities and huge numbers upstream, what onnxruntime computes is
 * admissible, few other values are, and the contract, the twin and the exact definition agree on which.
 */
type Name = keyof typeof Opcode;
const CASES_EACH = casesEach(40);
/** Operators with a float32 output that may not be finite. */
const NOT_ALWAYS_FINITE: readonly Name[] = ["Conv", "Gemm", "MatMul", "Relu", "MaxPool", "Add", "Sub", "Mul", "Div", "Max", "Min", "Sqrt", "Abs", "LeakyRelu", "Clip", "Exp", "Gelu", "ReduceMax", "ReduceMean", "BatchNormalization", "Softmax", "LayerNormalization"];
/** Operators that leave more than one value here and there. */
const SEVERAL: readonly Name[] = ["Relu", "MaxPool", "ReduceMax", "ReduceMean", "BatchNormalization", "LayerNormalization", "QuantizeLinear"];
const NOT_FINITE = [0x7fc00000n, 0x7f800000n, 0xff800000n];

/** Claims of every kind: all of a small type; of float32 every power of two, the special ones, what is near, what is read. */
function probes(c: OnnxCase, honest: bigint, random: Random): bigint[] {
  const { dtype } = c.node.output;
  const width = 8 * widthOf(dtype);
  if (width === 8) return Array.from({ length: 256 }, (_, i) => BigInt(i));
  if (dtype !== DType.float32) {
    const anything = () => BigInt.asUintN(width, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
    return [honest, 0n, 1n, honest ^ 1n, 1n << BigInt(width - 1), ...Array.from({ length: 30 }, anything)];
  }
  const powers = Array.from({ length: 254 }, (_, field) => (field + 1) << 23).flatMap((bits) => [bits, (bits | 0x80000000) >>> 0]);
  const read = c.inputs.flatMap((raw, i) => (raw && c.node.inputs[i]!.dtype === DType.float32 ? [...values(raw).subarray(0, 40)] : []));
  const near = isFiniteBits(Number(honest)) ? [-2, -1, 1, 2, 1000].map((step) => Number(honest) + step) : [];
  const claims = [...powers, ...SPECIAL_BITS, ...near, ...read.map(bitsOf), ...Array.from({ length: 60 }, () => random.u32())];
  const canonical = claims.filter((bits) => bits >= 0).map((bits) => canonicalBits(DType.float32, BigInt(bits >>> 0)));
  return [...new Set([honest, ...NOT_FINITE, ...canonical])];
}

/** The middle and the half width of what a bound leaves, in binary64 and written apart; undefined if there is no number. */
function bounded(c: OnnxCase, element: number): { exact: number; bound: number } | undefined {
  const { node } = c;
  const inputs = c.inputs.map((raw) => raw && values(raw));
  const gamma = (k: number): number => 2 ** -24 * (k + 2 + Math.floor(k ** 2 / 2 ** 23));
  const tiny = 2 ** -126;
  const at = coordinates(element, node.output.dims);
  const x = inputs[0]!;
  const dims = node.inputs[0]!.dims;
  if (node.opcode === Opcode.BatchNormalization) {
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => inputs[i]![at[1]]);
    const epsilon = floatOf(node.attributes[0]);
    const numbers = [x[element], scale, bias, mean, epsilon];
    if (!numbers.every(Number.isFinite) || Number.isNaN(variance)) return undefined;
    if (Math.fround(variance + epsilon) === Infinity) return { exact: bias, bound: 0 };
    if (!(variance + epsilon > 0)) return undefined;
    const s = scale / Math.sqrt(variance + epsilon);
    const size = Math.abs(x[element] * s) + Math.abs(mean * s) + Math.abs(bias);
    return { exact: x[element] * s - mean * s + bias, bound: 10 * 2 ** -24 * size + (Math.abs(x[element]) + Math.abs(mean) + 4) * tiny + size * 2 ** -40 };
  }
  if (node.opcode === Opcode.LayerNormalization) {
    const [scale, bias] = [1, 2].map((i) => inputs[i]);
    const n = scale!.length;
    const values = [...x.subarray(element - (element % n), element - (element % n) + n)];
    const [g, b] = [scale![element % n], bias?.[element % n] ?? 0];
    if (![...values, g, b].every(Number.isFinite)) return undefined;
    const sum = (of: (v: number) => number): number => values.reduce((s, v) => s + of(v), 0);
    const [mean, size, epsilon] = [sum((v) => v) / n, sum(Math.abs), floatOf(node.attributes[1])];
    const sigma = Math.sqrt(sum((v) => (v - mean) ** 2) / n + epsilon);
    const [own, off] = [x[element] - mean, (2 * n + 8) * 2 ** -24 * (size / n + 2 ** -102)];
    const [s, z] = 4 * off <= sigma ? [sigma - 1.25 * off, own / sigma] : [Math.sqrt(epsilon), 0];
    const most = ((Math.abs(own) + off) / s) * (1 + (n + 32) * 2 ** -25);
    const rest = 2 ** -23 * Math.abs(b) + (most + Math.abs(g) + 4) * tiny + (most * Math.abs(g) + Math.abs(b)) * 2 ** -40;
    // A sum of squares that overflows leaves b.
    if (size >= 2 ** 63) return { exact: b, bound: n * s < 2 ** 72 ? Math.abs(g) * most + rest : 0 };
    return { exact: g * z + b, bound: Math.abs(g) * (most - Math.abs(z)) + rest };
  }
  const reduced = node.opcode === Opcode.ReduceMean ? node.attributes : dims.map((_, a) => a).slice(node.attributes[0], node.attributes[1]);
  const keeps = at.length === dims.length;
  const row = [...x].filter((_, i) => {
    let kept = 0;
    return coordinates(i, dims).every((v, a) => reduced.includes(a) || v === at[keeps ? a : kept++]);
  });
  const n = row.length;
  if (node.opcode === Opcode.ReduceMean) {
    if (!row.every(Number.isFinite)) return undefined;
    const size = row.reduce((sum, v) => sum + Math.abs(v), 0);
    return { exact: row.reduce((sum, v) => sum + v, 0) / n, bound: (gamma(n + 1) + 2 ** -40) * (size / n) + tiny };
  }
  const greatest = Math.max(...row);
  if (!Number.isFinite(greatest)) return undefined;
  const terms = row.map((v) => Math.exp(v - greatest));
  const sum = terms.reduce((s, e) => s + e, 0);
  const weighted = row.reduce((s, v, i) => s + (terms[i] === 0 ? 0 : (greatest - v) * terms[i]), 0);
  const y = Math.exp(x[element] - greatest) / sum;
  const factor = weighted / sum + n + 20 + Math.floor(n ** 2 / 2 ** 23);
  return { exact: y, bound: (y === 0 ? 0 : y * 2 ** -24 * (greatest - x[element] + factor)) + y * 2 ** -40 + n * tiny };
}

function coordinates(element: number, dims: readonly number[]): number[] {
  let rest = element;
  return [...dims].reverse().map((dim) => { const v = rest % dim; rest = Math.floor(rest / dim); return v; }).reverse();
}

/** The most values that an element may have, infinities and NaN among them; of a bounded one, besides the numbers within. */
function mostValues(c: OnnxCase): number {
  const { opcode, rule, attributes, inputs } = c.node;
  if (rule === Rule.bound) return NOT_FINITE.length;
  // Every tap, what a kernel starts from, and NaN.
  if (opcode === Opcode.MaxPool) return sizeOf(attributes.slice(0, inputs[0]!.dims.length - 2)) + 3;
  // NaN, or a number from the least to the greatest.
  if (opcode === Opcode.ReduceMax) return Infinity;
  // NaN or 0; an infinity of either sign; either end of the range or the zero point.
  if (opcode === Opcode.Relu || opcode === Opcode.Div) return 2;
  // Of a number that the integer type does not have, what any processor gives: none, either end or the low bits.
  if (opcode === Opcode.Cast) return 4;
  return widthOf(c.node.output.dtype) === 1 ? 3 : 1;
}

/** Contracts and twins cut numbers off in the operator's favour, by less than 2⁻⁴⁰ of the bound. */
function isOnTheEdge(c: OnnxCase, element: number, claimed: bigint): boolean {
  const within = c.node.rule === Rule.bound ? bounded(c, element) : undefined;
  return within !== undefined && Math.abs(Math.abs(floatOf(Number(claimed)) - within.exact) - within.bound) <= within.bound * 2 ** -12;
}

describe("NaN, infinities and huge numbers upstream", () => {
  for (const name of (Object.keys(Opcode) as Name[]).filter((each) => mayReadFloats(each, new Random(Opcode[each]))))
    it(`${name}: the honest value is admissible, and few others`, async () => {
      const random = new Random(Opcode[name] + 0x62000);
      const judge = new Judge();
      let [several, honestNotFinite, claims] = [0, 0, 0];
      for (let i = 0; i < CASES_EACH; i++) {
        const c = specialCase(name, random);
        const { dtype, dims } = c.node.output;
        const output = await canonicalOutput(c);
        const readers = readersOf(c);
        const element = random.int(0, sizeOf(dims) - 1);
        const honest = bitsAt(output, dtype, element);
        const { isAdmissible, justOutside } = acceptance(c.node, element, readers);
        const about = (claimed: bigint): string => `${name} ${i}, element ${element} claimed 0x${claimed.toString(16)}`;
        judge.ask(c, element, honest, true);
        expect(isAdmissible(honest), about(honest)).to.equal(true);

        const asked = probes(c, honest, random);
        const admitted = asked.filter((claimed) => isAdmissible(claimed));
        for (const claimed of asked) {
          const judged = twin(c.node, element, claimed, readers);
          if (judged !== isAdmissible(claimed)) expect(judged && isOnTheEdge(c, element, claimed), about(claimed)).to.equal(true);
        }
        // The contract on all kinds of them.
        for (const claimed of [...NOT_FINITE, 0n, ...justOutside(), random.pick(asked), random.pick(asked), ...admitted.slice(0, 3)]) judge.ask(c, element, claimed);

        const finite = c.node.rule === Rule.bound ? admitted.filter((claimed) => isFiniteBits(Number(claimed))) : [];
        const others = new Set(admitted).size - finite.length;
        expect(others, about(honest)).to.be.at.most(mostValues(c));
        if (finite.length > 0) {
          const within = bounded(c, element);
          for (const claimed of finite) expect(within !== undefined && Math.abs(floatOf(Number(claimed)) - within.exact) <= within.bound, about(claimed)).to.equal(true);
        }
        claims += asked.length;
        if (others > 1) several++;
        if (dtype === DType.float32 && !isFiniteBits(Number(honest))) honestNotFinite++;
      }
      await judge.settle();
      expect(claims).to.be.greaterThan(10 * CASES_EACH);
      // Otherwise the cases would prove little.
      if (SEVERAL.includes(name)) expect(several, "elements with several values").to.be.greaterThan(CASES_EACH / 100);
      if (NOT_ALWAYS_FINITE.includes(name)) expect(honestNotFinite, "honest values that are not finite").to.be.greaterThan(CASES_EACH / 50);
    });
});
