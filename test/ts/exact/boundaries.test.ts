import { expect } from "chai";
import { acceptance } from "../../../oracle/core/exact/index.ts";
import { bitsOf } from "../../../oracle/core/math/float32.ts";
import { twin } from "../../../oracle/core/ops/index.ts";
import { BytesReader } from "../../../oracle/core/program/reader.ts";
import { DType, Opcode, Rule, type Node } from "../../../oracle/core/program/types.ts";
import { tensor } from "../../support/judge.ts";

interface Input {
  readonly dtype?: DType;
  readonly dims?: readonly number[];
  /** Numbers of a float32; bytes of anything else. */
  readonly values: readonly number[];
}

/** Element 0 of a small node by definition, and whether the twin says the same of every claim. */
class Small {
  readonly #node: Node;
  readonly #readers: (BytesReader | undefined)[];
  readonly outside: number[];

  constructor(opcode: Opcode, rule: Rule, inputs: readonly (Input | undefined)[], attributes: readonly number[] = [], output: Input = { values: [] }) {
    const tensors = inputs.map((input) => input && tensor(input.dtype ?? DType.float32, input.dims ?? [input.values.length]));
    const out = tensor(output.dtype ?? DType.float32, output.dims ?? [1]);
    this.#node = { opcode, rule, chunk: 0, flags: 0, output: out, inputs: tensors, attributes };
    this.#readers = inputs.map((input, i) => {
      if (input === undefined) return undefined;
      const raw = input.dtype === undefined ? new Uint8Array(Float32Array.from(input.values).buffer) : Uint8Array.from(input.values);
      return new BytesReader(tensors[i]!, raw);
    });
    this.outside = acceptance(this.#node, 0, this.#readers).justOutside().map(Number);
  }

  admits(value: number): boolean {
    const claimed = BigInt(this.#node.output.dtype === DType.float32 ? bitsOf(value) : value);
    const verdict = acceptance(this.#node, 0, this.#readers).isAdmissible(claimed);
    expect(twin(this.#node, 0, claimed, this.#readers), `${value}`).to.equal(verdict);
    return verdict;
  }

  /** Everything is admissible: nothing lies outside. */
  get admitsEverything(): boolean {
    return this.outside.length === 0 && [0, 1, -1, NaN, Infinity, -Infinity].every((value) => this.admits(value));
  }
}

const below = (x: number): number => x * (1 - 2 ** -24);

describe("boundaries of the rules, by definition and by the twins", () => {
  const product = (a: number[], b: number[]) =>
    new Small(Opcode.MatMul, Rule.bound, [{ dims: [1, a.length], values: a }, { dims: [b.length, 1], values: b }], [], { dims: [1, 1], values: [] });
  const gemm = (a: number, b: number, c: number, alpha: number, beta: number) =>
    new Small(
      Opcode.Gemm,
      Rule.bound,
      [{ dims: [1, 1], values: [a] }, { dims: [1, 1], values: [b] }, { dims: [1], values: [c] }],
      [0, 0, bitsOf(alpha) | 0, bitsOf(beta) | 0],
      { dims: [1, 1], values: [] },
    );

  it("a dot product whose terms reach 2^126 may overflow", () => {
    expect(product([2 ** 63], [2 ** 63]).admitsEverything).to.equal(true);
    const less = product([2 ** 63], [below(2 ** 63)]);
    expect(less.admits(below(2 ** 126))).to.equal(true);
    expect(less.admits(Infinity)).to.equal(false);
    expect(product([2 ** 62, 2 ** 62], [2 ** 63, -(2 ** 63)]).admitsEverything).to.equal(true);
    expect(product([2 ** 62, below(2 ** 62)], [2 ** 63, -(2 ** 63)]).admits(NaN)).to.equal(false);
  });

  it("alpha enlarges and shrinks", () => {
    expect(gemm(2 ** 63, 2 ** 63, 0, 2 ** -100, 1).admitsEverything).to.equal(true);
    expect(gemm(2 ** 50, 2 ** 50, 0, 2 ** 26, 1).admitsEverything).to.equal(true);
    expect(gemm(2 ** 50, 2 ** 50, 1, 2 ** 25, 2 ** 24).outside.length).to.equal(2);
    expect(gemm(1, 1, 2 ** 100, 1, 2 ** 26).admitsEverything).to.equal(true);
    // A product that underflows: (k + 2) · 2⁻¹²⁶ · alpha.
    expect(gemm(2 ** -100, 2 ** -100, 0, 2 ** 20, 1).admits(3 * 2 ** -106)).to.equal(true);
    expect(gemm(2 ** -100, 2 ** -100, 0, 2 ** 20, 1).admits(4 * 2 ** -106)).to.equal(false);
    expect(gemm(2 ** -100, 2 ** -100, 0, 2 ** -20, 1).admits(3.001 * 2 ** -126)).to.equal(false);
  });

  it("what is not finite makes a bound admit everything, but not through a beta of zero", () => {
    expect(product([Infinity, 1], [1, 1]).admitsEverything).to.equal(true);
    expect(product([1], [NaN]).admitsEverything).to.equal(true);
    expect(gemm(1, 2, NaN, 1, 1).admitsEverything).to.equal(true);
    expect(gemm(1, 2, NaN, 1, 0).admits(2)).to.equal(true);
    expect(gemm(1, 2, NaN, 1, 0).admits(2.0001)).to.equal(false);
  });

  it("a mean is of what does not reach 2^127", () => {
    const mean = (values: number[]) => new Small(Opcode.ReduceMean, Rule.bound, [{ values }], [0]);
    expect(mean([2 ** 126, -(2 ** 126)]).admitsEverything).to.equal(true);
    expect(mean([2 ** 126, below(-(2 ** 126))]).admits(Infinity)).to.equal(false);
    expect(mean([1, NaN]).admitsEverything).to.equal(true);
    expect(mean([0, 0]).outside).to.deep.equal([0x80800001, 0x00800001]);
    expect(mean([1, 2, 6]).admits(3)).to.equal(true);
    expect(mean([1, 2, 6]).admits(3.00001)).to.equal(false);
  });

  it("a normalisation has a root and a factor of middling size", () => {
    const normalise = (x: number, scale: number, b: number, mean: number, variance: number, epsilon = 0) =>
      new Small(Opcode.BatchNormalization, Rule.bound, [{ dims: [1, 1], values: [x] }, ...[scale, b, mean, variance].map((v) => ({ values: [v] }))], [bitsOf(epsilon) | 0], { dims: [1, 1], values: [] });
    expect(normalise(3, 1, 1, 1, 4).admits(2)).to.equal(true);
    expect(normalise(3, 1, 1, 1, 4).admits(2.00001)).to.equal(false);
    expect(normalise(1, 1, 0, 0, 2 ** -126).outside.length).to.equal(2);
    expect(normalise(1, 1, 0, 0, 2 ** -126 - 2 ** -149).admitsEverything).to.equal(true);
    expect(normalise(1, 1, 0, 0, -1).admitsEverything).to.equal(true);
    expect(normalise(1, 1, 0, 0, 2 ** 127).admitsEverything).to.equal(true);
    expect(normalise(1, 1, 0, 0, 2 ** 126, 2 ** 125).outside.length).to.equal(2);
    expect(normalise(0, 2 ** 64, 0, 0, 2 ** -126).admitsEverything).to.equal(true);
    expect(normalise(0, below(2 ** 64), 0, 0, 2 ** -126).outside.length).to.equal(2);
    expect(normalise(1, 2 ** 125, 0, 0, 1).admitsEverything).to.equal(true);
    expect(normalise(0, 1, 2 ** 125, 0, 1).admitsEverything).to.equal(true);
    expect(normalise(0, 1, 0, -(2 ** 125), 1).admitsEverything).to.equal(true);
    expect(normalise(1, below(2 ** 125), 0, 0, 1).admits(Infinity)).to.equal(false);
    expect(normalise(1, 1, 0, 0, 1, Infinity).admitsEverything).to.equal(true);
  });

  it("a softmax of far apart numbers leaves the underflow only, exact to 2^-40", () => {
    const softmax = (values: number[]) => new Small(Opcode.Softmax, Rule.bound, [{ values }], [0, 1], { dims: [values.length], values: [] });
    // y is e^-110.75, so −2⁻¹²⁴ is 2⁻³⁶ of the bound beyond its edge.
    const far = softmax([-2.75, 108, 68, -1.6875]);
    expect(far.admits(-(2 ** -124))).to.equal(false);
    expect(far.admits(2 ** -124)).to.equal(true);
    expect(softmax([5]).admits(1)).to.equal(true);
    expect(softmax([5]).admits(1.00001)).to.equal(false);
    expect(softmax([0, -Infinity]).admitsEverything).to.equal(true);
    expect(softmax([3e38, -3e38]).admits(1)).to.equal(true);
    expect(softmax([-3e38, 3e38]).admits(NaN)).to.equal(false);
  });

  it("Relu and MaxPool follow no NaN; MaxPool starts from −∞ or the lowest number", () => {
    const relu = (value: number) => new Small(Opcode.Relu, Rule.equal, [{ values: [value] }]);
    expect(relu(NaN).admitsEverything).to.equal(true);
    expect(relu(-Infinity).outside).to.deep.equal([0x80000001, 1]);
    expect(relu(Infinity).admits(Infinity)).to.equal(true);
    const pool = (values: number[]) =>
      new Small(Opcode.MaxPool, Rule.equal, [{ dims: [1, 1, values.length], values }], [values.length, 1, 0, 0, 1], { dims: [1, 1, 1], values: [] });
    expect(pool([1, NaN]).admitsEverything).to.equal(true);
    expect(pool([1, -2]).outside).to.deep.equal([0x3f7fffff, 0x3f800001]);
    const low = pool([-Infinity, -Infinity]);
    expect([-Infinity, -3.4028234663852886e38].every((value) => low.admits(value))).to.equal(true);
    expect(low.admits(-3.4028232635611926e38)).to.equal(false);
    expect(low.outside).to.deep.equal([0xff7ffffe]);
  });

  it("quantising saturates, rounds ties to even, and knows nothing of NaN", () => {
    const quantise = (x: number, scale: number, zero = 0) =>
      new Small(Opcode.QuantizeLinear, Rule.equal, [{ values: [x] }, { dims: [], values: [scale] }, { dtype: DType.int8, dims: [], values: [zero] }], [0], { dtype: DType.int8, dims: [1], values: [] });
    expect(quantise(NaN, 1).outside).to.deep.equal([]);
    expect(quantise(0, 0).outside).to.deep.equal([]);
    expect(quantise(1, 0).admits(127)).to.equal(true);
    expect(quantise(-Infinity, 1).admits(0x80)).to.equal(true);
    expect(quantise(1, Infinity, 5).admits(5)).to.equal(true);
    expect([0.5, 1.5, 2.5, -0.5, -1.5].map((x) => [0, 2, 2, 0, 0xfe].find((q) => quantise(x, 1).admits(q)))).to.deep.equal([0, 2, 2, 0, 0xfe]);
    expect(quantise(126.5, 1, 1).outside).to.deep.equal([0x7e]);
  });

  it("an integer division without a result admits everything, an overflow wraps around", () => {
    const operate = (opcode: Opcode, a: number, b: number) =>
      new Small(opcode, Rule.equal, [a, b].map((value) => ({ dtype: DType.int8, dims: [1], values: [value] })), [], { dtype: DType.int8, dims: [1], values: [] });
    expect(operate(Opcode.Div, 1, 0).outside).to.deep.equal([]);
    expect(operate(Opcode.Div, 0x80, 0xff).outside).to.deep.equal([]);
    expect(operate(Opcode.Div, 0xf9, 2).admits(0xfd)).to.equal(true);
    expect(operate(Opcode.Add, 0x7f, 1).admits(0x80)).to.equal(true);
    expect(operate(Opcode.Sub, 0x80, 1).admits(0x7f)).to.equal(true);
    expect(operate(Opcode.Mul, 0x40, 4).outside).to.deep.equal([0xff, 1]);
  });

  it("a malformed rule is refused", () => {
    expect(() => new Small(Opcode.Relu, Rule.bound, [{ values: [1] }])).to.throw("rule bound is none");
  });
});
