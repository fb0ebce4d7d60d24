import { expect } from "chai";
import { acceptance } from "../../../core/exact/index.ts";
import { bitsOf } from "../../../core/math/float32.ts";
import { twin } from "../../../core/operators/index.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
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

  /** Whether infinities and NaN are admissible: all of them, or none. */
  get admitsNotFinite(): boolean {
    const [first, ...others] = [NaN, Infinity, -Infinity].map((value) => this.admits(value));
    expect(others).to.deep.equal([first, first]);
    return first;
  }

  /** The admissible ones of NaN and the infinities. */
  get special(): number[] {
    return [NaN, Infinity, -Infinity].filter((value) => this.admits(value));
  }

  /** Of these finite numbers, the admissible ones. */
  finite(...extra: readonly number[]): number[] {
    return [...extra, 0, 1, -1, 2 ** 100, -(2 ** 100), 3e38, -3e38, 2 ** -140].filter((value) => this.admits(value));
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
    const reaching = product([2 ** 63], [2 ** 63]);
    expect(reaching.admitsNotFinite).to.equal(true);
    expect(reaching.finite(2 ** 126, 2 ** 126 * (1 + 2 ** -20))).to.deep.equal([2 ** 126]);
    const less = product([2 ** 63], [below(2 ** 63)]);
    expect(less.admits(below(2 ** 126))).to.equal(true);
    expect(less.admitsNotFinite).to.equal(false);
    // They cancel; what is left is the error of such numbers.
    const cancelling = product([2 ** 62, 2 ** 62], [2 ** 63, -(2 ** 63)]);
    expect(cancelling.admitsNotFinite).to.equal(true);
    expect(cancelling.finite(2 ** 104, 2 ** 105)).to.deep.equal([2 ** 104, 0, 1, -1, 2 ** 100, -(2 ** 100), 2 ** -140]);
    expect(product([2 ** 62, below(2 ** 62)], [2 ** 63, -(2 ** 63)]).admitsNotFinite).to.equal(false);
  });

  it("a product of 2^130 leaves no finite number, unless alpha makes it smaller", () => {
    const opposite = product([2 ** 65, 2 ** 65], [2 ** 65, -(2 ** 65)]);
    expect(opposite.admitsNotFinite).to.equal(true);
    expect(opposite.finite()).to.deep.equal([]);
    expect(product([2 ** 64, 2 ** 65], [2 ** 65, -(2 ** 64)]).finite()).to.include(0);
    expect(gemm(2 ** 65, 2 ** 65, 0, 2 ** -100, 1).finite(2 ** 30)).to.deep.equal([2 ** 30]);
    expect(gemm(2 ** 65, 2 ** 65, 0, 1.5, 1).finite(2 ** 127)).to.deep.equal([]);
  });

  it("alpha enlarges and shrinks", () => {
    expect(gemm(2 ** 63, 2 ** 63, 0, 2 ** -100, 1).admitsNotFinite).to.equal(true);
    expect(gemm(2 ** 63, 2 ** 63, 0, 2 ** -100, 1).finite(2 ** 26)).to.deep.equal([2 ** 26]);
    expect(gemm(2 ** 50, 2 ** 50, 0, 2 ** 26, 1).admitsNotFinite).to.equal(true);
    expect(gemm(2 ** 50, 2 ** 50, 1, 2 ** 25, 2 ** 24).outside.length).to.equal(2);
    expect(gemm(1, 1, 2 ** 100, 1, 2 ** 26).admitsNotFinite).to.equal(true);
    // A product that underflows: (k + 2) · 2⁻¹²⁶ · alpha.
    expect(gemm(2 ** -100, 2 ** -100, 0, 2 ** 20, 1).admits(3 * 2 ** -106)).to.equal(true);
    expect(gemm(2 ** -100, 2 ** -100, 0, 2 ** 20, 1).admits(4 * 2 ** -106)).to.equal(false);
    expect(gemm(2 ** -100, 2 ** -100, 0, 2 ** -20, 1).admits(3.001 * 2 ** -126)).to.equal(false);
  });

  it("what is not finite stays so under a bound, but not through a beta of zero", () => {
    const both = [Infinity, -Infinity];
    for (const [broken, special] of [
      [product([Infinity, 1], [1, 1]), [NaN, Infinity]],
      [product([-Infinity, 1], [2, 1]), [NaN, -Infinity]],
      [product([-Infinity, Infinity], [-1, 3]), [NaN, Infinity]],
      [product(both, [1, 1]), [NaN]],
      [product([1], [NaN]), [NaN]],
      [product([Infinity], [0]), [NaN]],
      // A zero may stand for padding, which kernels multiply or leave out.
      [product([0], [Infinity]), [NaN, ...both]],
      [gemm(1, 2, NaN, 1, 1), [NaN]],
      [gemm(1, 2, -Infinity, 1, 1), [NaN, -Infinity]],
      [gemm(1, 2, -Infinity, 1, -1), [NaN, Infinity]],
      [gemm(1, Infinity, 5, -1, 1), [NaN, -Infinity]],
      [gemm(1, Infinity, Infinity, -1, 1), [NaN]],
    ] satisfies [Small, number[]][]) {
      expect(broken.special).to.deep.equal(special);
      expect(broken.finite(2)).to.deep.equal([]);
    }
    expect(gemm(1, 2, NaN, 1, 0).admits(2)).to.equal(true);
    expect(gemm(1, 2, NaN, 1, 0).admits(2.0001)).to.equal(false);
  });

  it("a mean is finite of what does not reach 2^127", () => {
    const mean = (values: number[]) => new Small(Opcode.ReduceMean, Rule.bound, [{ values }], [0]);
    expect(mean([2 ** 126, -(2 ** 126)]).admitsNotFinite).to.equal(true);
    expect(mean([2 ** 126, -(2 ** 126)]).finite(2.5 * 2 ** 103, 2.6 * 2 ** 103)).to.deep.equal([2.5 * 2 ** 103, 0, 1, -1, 2 ** 100, -(2 ** 100), 2 ** -140]);
    expect(mean([2 ** 126, below(-(2 ** 126))]).admitsNotFinite).to.equal(false);
    for (const [values, special] of [[[NaN], [NaN]], [[Infinity], [NaN, Infinity]], [[-Infinity, -Infinity], [NaN, -Infinity]], [[Infinity, -Infinity], [NaN]], [[NaN, Infinity], [NaN]]]) {
      expect(mean([1, ...values]).special).to.deep.equal(special);
      expect(mean([1, ...values]).finite()).to.deep.equal([]);
    }
    const largest = 3.4028234663852886e38;
    const many = mean(new Array<number>(300).fill(largest));
    expect(many.admitsNotFinite).to.equal(true);
    expect(many.finite(largest, largest * (1 - 2 ** -14))).to.deep.equal([largest]);
    expect(() => mean([])).to.throw(RangeError);
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
    // A root of a subnormal number, or of none.
    const subnormal = normalise(2 ** -60, 1, 0, 0, 2 ** -126 - 2 ** -149);
    expect(subnormal.admitsNotFinite).to.equal(true);
    expect(subnormal.finite(8, 8.001)).to.deep.equal([8]);
    for (const variance of [0, -1]) {
      expect(normalise(1, 1, 0, 0, variance).admitsNotFinite).to.equal(true);
      expect(normalise(1, 1, 0, 0, variance).finite()).to.deep.equal([]);
    }
    // var + ε up to where it rounds to infinity, and from there on.
    expect(normalise(1, 1, 0, 0, 2 ** 127).outside.length).to.equal(2);
    expect(normalise(1, 1, 0, 0, 2 ** 127, 2 ** 127 - 2 ** 103).admitsNotFinite).to.equal(false);
    for (const [variance, epsilon] of [[2 ** 127, 2 ** 127], [Infinity, 1], [1, Infinity]]) {
      const b = normalise(1, 1, 7, 3, variance, epsilon);
      expect(b.admitsNotFinite).to.equal(false);
      expect(b.finite(7, 7.000001)).to.deep.equal([7]);
    }
    // A factor, and terms, that may overflow.
    expect(normalise(0, 2 ** 64, 0, 0, 2 ** -126).admitsNotFinite).to.equal(true);
    expect(normalise(0, 2 ** 64, 3, 0, 2 ** -126).finite(3)).to.deep.equal([3]);
    expect(normalise(0, below(2 ** 64), 0, 0, 2 ** -126).outside.length).to.equal(2);
    for (const broad of [normalise(1, 2 ** 125, 0, 0, 1), normalise(0, 1, 2 ** 125, 0, 1), normalise(0, 1, 0, -(2 ** 125), 1)]) {
      expect(broad.admitsNotFinite).to.equal(true);
      expect(broad.finite(2 ** 125, 2 ** 125 * 1.00001)).to.deep.equal([2 ** 125]);
    }
    expect(normalise(1, below(2 ** 125), 0, 0, 1).admitsNotFinite).to.equal(false);
    // x and μ cancel, but each of their products has overflowed.
    expect(normalise(2 ** 100, 2 ** 30, 0, 2 ** 100, 1).admitsNotFinite).to.equal(true);
    expect(normalise(2 ** 100, 2 ** 30, 0, 2 ** 100, 1).finite()).to.deep.equal([]);
    // A NaN stays one; infinities may become one.
    for (const [x, scale, b, mean, variance] of [[NaN, 1, 0, 0, 1], [1, NaN, 0, 0, 1], [1, 1, NaN, 0, 1], [1, 1, 0, NaN, 1], [1, 1, 0, 0, NaN], [1, 1, 0, 0, -Infinity]]) {
      const nan = normalise(x, scale, b, mean, variance);
      expect([NaN, Infinity, -Infinity].map((value) => nan.admits(value))).to.deep.equal([true, false, false]);
      expect(nan.finite()).to.deep.equal([]);
    }
    for (const [x, scale, b, mean, ...special] of [
      [Infinity, 1, 0, 0, NaN, Infinity],
      [Infinity, -1, 0, 0, NaN, -Infinity],
      [Infinity, 0, 0, 0, NaN],
      [Infinity, 1, 0, Infinity, NaN],
      [Infinity, 1, Infinity, -Infinity, NaN, Infinity],
      [Infinity, 1, -Infinity, 0, NaN],
      [1, -Infinity, 0, 0, NaN, Infinity, -Infinity],
      [1, 1, Infinity, 0, NaN, Infinity],
      [1, 1, 0, -Infinity, NaN, Infinity],
      [1, -1, 0, -Infinity, NaN, -Infinity],
    ]) {
      expect(normalise(x, scale, b, mean, 1).special).to.deep.equal(special);
      expect(normalise(x, scale, b, mean, 1).finite()).to.deep.equal([]);
    }
  });

  it("a softmax of far apart numbers leaves the underflow only, exact to 2^-40", () => {
    const softmax = (values: number[]) => new Small(Opcode.Softmax, Rule.bound, [{ values }], [0, 1], { dims: [values.length], values: [] });
    // y is e^-110.75, so −2⁻¹²⁴ is 2⁻³⁶ of the bound beyond its edge.
    const far = softmax([-2.75, 108, 68, -1.6875]);
    expect(far.admits(-(2 ** -124))).to.equal(false);
    expect(far.admits(2 ** -124)).to.equal(true);
    expect(softmax([5]).admits(1)).to.equal(true);
    expect(softmax([5]).admits(1.00001)).to.equal(false);
    for (const row of [[NaN, 0], [0, NaN], [Infinity, 0], [0, Infinity, -Infinity], [-Infinity], [-Infinity, -Infinity], [NaN, -Infinity]]) {
      expect([NaN, Infinity, -Infinity].map((value) => softmax(row).admits(value)), `${row}`).to.deep.equal([true, false, false]);
      expect(softmax(row).finite(0.5)).to.deep.equal([]);
    }
    // Beside a finite maximum −∞ is nothing.
    const masked = softmax([-Infinity, 3, 3]);
    expect(masked.admitsNotFinite).to.equal(false);
    expect(masked.finite(2 ** -125, 0.5)).to.deep.equal([2 ** -125, 0, 2 ** -140]);
    expect(softmax([3, -Infinity, 3]).finite(0.5, 0.50001, 1 / 3)).to.deep.equal([0.5]);
    expect(softmax([-3.4028234663852886e38, -Infinity]).finite()).to.deep.equal([1]);
    expect(softmax([3e38, -3e38]).admits(1)).to.equal(true);
    expect(softmax([-3e38, 3e38]).admits(NaN)).to.equal(false);
  });

  it("Relu and MaxPool take a NaN or the other operand; MaxPool starts from −∞ or the lowest number", () => {
    const relu = (value: number) => new Small(Opcode.Relu, Rule.equal, [{ values: [value] }]);
    expect(relu(NaN).admits(NaN)).to.equal(true);
    expect([Infinity, -Infinity].some((value) => relu(NaN).admits(value))).to.equal(false);
    expect(relu(NaN).finite(5)).to.deep.equal([0]);
    expect(relu(-Infinity).outside).to.deep.equal([0x80000001, 1]);
    expect(relu(Infinity).admits(Infinity)).to.equal(true);
    const pool = (values: number[]) =>
      new Small(Opcode.MaxPool, Rule.equal, [{ dims: [1, 1, values.length], values }], [values.length, 1, 0, 0, 1], { dims: [1, 1, 1], values: [] });
    const lowest = -3.4028234663852886e38;
    for (const taps of [[1, NaN, -2], [NaN, 1, -2], [1, -2, NaN]]) {
      expect(pool(taps).finite(-2, 5, lowest)).to.deep.equal([-2, lowest, 1]);
      expect([NaN, -Infinity, Infinity].map((value) => pool(taps).admits(value))).to.deep.equal([true, true, false]);
    }
    expect(pool([NaN, NaN]).finite(lowest)).to.deep.equal([lowest]);
    expect(pool([1, -2]).outside).to.deep.equal([0x3f7fffff, 0x3f800001]);
    const low = pool([-Infinity, -Infinity]);
    expect([-Infinity, lowest].every((value) => low.admits(value))).to.equal(true);
    expect(low.admits(-3.4028232635611926e38)).to.equal(false);
    expect(low.outside).to.deep.equal([0xff7ffffe]);
  });

  it("quantising saturates, rounds ties to even, and makes of a NaN an end of the range or the zero point", () => {
    const quantise = (x: number, scale: number, zero = 0) =>
      new Small(Opcode.QuantizeLinear, Rule.equal, [{ values: [x] }, { dims: [], values: [scale] }, { dtype: DType.int8, dims: [], values: [zero] }], [0], { dtype: DType.int8, dims: [1], values: [] });
    for (const nan of [quantise(NaN, 1, 5), quantise(0, 0, 5), quantise(1, NaN, 5)]) {
      expect(Array.from({ length: 256 }, (_, q) => q).filter((q) => nan.admits(q))).to.deep.equal([5, 0x7f, 0x80]);
    }
    expect(quantise(1, 0).admits(127)).to.equal(true);
    expect(quantise(-Infinity, 1).admits(0x80)).to.equal(true);
    expect(quantise(1, Infinity, 5).admits(5)).to.equal(true);
    expect([0.5, 1.5, 2.5, -0.5, -1.5].map((x) => [0, 2, 2, 0, 0xfe].find((q) => quantise(x, 1).admits(q)))).to.deep.equal([0, 2, 2, 0, 0xfe]);
    expect(quantise(126.5, 1, 1).outside).to.deep.equal([0x7e]);
  });

  it("an integer division by zero is 0, an overflow wraps around", () => {
    const operate = (opcode: Opcode, a: number, b: number) =>
      new Small(opcode, Rule.equal, [a, b].map((value) => ({ dtype: DType.int8, dims: [1], values: [value] })), [], { dtype: DType.int8, dims: [1], values: [] });
    const admitted = (a: number, b: number) => Array.from({ length: 256 }, (_, q) => q).filter((q) => operate(Opcode.Div, a, b).admits(q));
    expect(admitted(1, 0)).to.deep.equal([0]);
    expect(admitted(0x80, 0xff)).to.deep.equal([0x80]);
    expect(operate(Opcode.Div, 0xf9, 2).admits(0xfd)).to.equal(true);
    expect(operate(Opcode.Add, 0x7f, 1).admits(0x80)).to.equal(true);
    expect(operate(Opcode.Sub, 0x80, 1).admits(0x7f)).to.equal(true);
    expect(operate(Opcode.Mul, 0x40, 4).outside).to.deep.equal([0xff, 1]);
  });

  it("a malformed rule is refused", () => {
    expect(() => new Small(Opcode.Relu, Rule.bound, [{ values: [1] }])).to.throw("rule bound is none");
  });
});
