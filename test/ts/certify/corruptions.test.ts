import { expect } from "chai";
import { drawCorruptions, type Honest } from "../../../oracle/certify/corruptions.ts";
import { sampleElements } from "../../../oracle/certify/certify.ts";
import { drawInputs } from "../../../oracle/certify/inputs.ts";
import { isCanonical } from "../../../core/tensor/canonical.ts";
import { Random } from "../../../core/math/random.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf, unravel } from "../../../core/tensor/shape.ts";

const honest = (dtype: DType, bits: bigint, changes: Partial<Honest> = {}): Honest => ({
  dtype,
  bits,
  smallest: [],
  admits: (value) => value === bits,
  neighbour: (random) => BigInt(random.u32()) & ((1n << BigInt(8 * widthOf(dtype))) - 1n),
  ...changes,
});

describe("corruptions", () => {
  it("has every kind for a float, each forbidden and each different", () => {
    const { corruptions, redrawn } = drawCorruptions(honest(DType.float32, 0x3f800000n, { smallest: [0x3f800001n, 0x3f7fffffn] }), new Random(1));
    expect(redrawn).to.equal(0);
    expect(corruptions.map(({ kind }) => kind)).to.deep.equal([
      "smallest", "smallest", "sign", "bit", "zero", "nan", "infinity", "infinity", "form", "form", "neighbour",
    ]);
    const byKind = new Map(corruptions.map(({ kind, bits }) => [kind, bits]));
    expect(byKind.get("sign")).to.equal(0xbf800000n);
    expect(byKind.get("zero")).to.equal(0n);
    expect(byKind.get("nan")).to.equal(0x7fc00000n);
    expect(corruptions.filter(({ kind }) => kind === "infinity").map(({ bits }) => bits)).to.deep.equal([0x7f800000n, 0xff800000n]);
    const [negativeZero, oddNaN] = corruptions.filter(({ kind }) => kind === "form").map(({ bits }) => bits);
    expect(negativeZero).to.equal(0x80000000n);
    expect(isCanonical(DType.float32, oddNaN)).to.equal(false);
    expect(new Set(corruptions.map(({ bits }) => bits)).size).to.equal(corruptions.length);
    expect(corruptions.every(({ bits }) => bits !== 0x3f800000n)).to.equal(true);
    const flipped = byKind.get("bit")! ^ 0x3f800000n;
    expect(flipped & (flipped - 1n)).to.equal(0n);
  });

  it("has the extremes of an integer's type", () => {
    const extremes = (dtype: DType) =>
      drawCorruptions(honest(dtype, 5n), new Random(2)).corruptions.filter(({ kind }) => kind === "extreme" || kind === "zero").map(({ bits }) => bits);
    expect(extremes(DType.int8)).to.deep.equal([0n, 0x80n, 0x7fn]);
    expect(extremes(DType.uint8)).to.deep.equal([0n, 0xffn]);
    expect(extremes(DType.int32)).to.deep.equal([0n, 0x80000000n, 0x7fffffffn]);
    expect(extremes(DType.int64)).to.deep.equal([0n, 1n << 63n, (1n << 63n) - 1n]);
  });

  it("draws again what the exact arithmetic admits, and counts it", () => {
    // The honest value is zero: so are the zero that would replace it and its neighbour. Its negation is out of form.
    const { corruptions, redrawn } = drawCorruptions(honest(DType.float32, 0n, { neighbour: () => 0n }), new Random(3));
    expect(redrawn).to.equal(2);
    expect(corruptions.filter(({ kind }) => kind === "zero" || kind === "neighbour")).to.have.length(2);
    expect(corruptions.find(({ kind }) => kind === "sign")?.bits).to.equal(0x80000000n);
    expect(corruptions.some(({ bits }) => bits === 0n)).to.equal(false);
  });

  it("gives up where everything is admitted", () => {
    const { corruptions, redrawn } = drawCorruptions(honest(DType.float32, 0x3f800000n, { admits: () => true }), new Random(4));
    expect(corruptions).to.deep.equal([]);
    expect(redrawn).to.equal(9);
  });

  it("stays inside the type, for every type", () => {
    for (const dtype of Object.values(DType)) {
      const limit = 1n << BigInt(8 * widthOf(dtype));
      for (let seed = 0; seed < 20; seed++) {
        const random = new Random(seed);
        const bits = BigInt(random.u32()) % limit;
        const { corruptions } = drawCorruptions(honest(dtype, bits), random);
        expect(corruptions.length).to.be.greaterThan(2);
        for (const { bits: wrong } of corruptions) expect(wrong >= 0n && wrong < limit && wrong !== bits, `${dtype}: ${wrong}`).to.equal(true);
      }
    }
  });

  it("is the same for the same seed", () => {
    const draw = (seed: number) => drawCorruptions(honest(DType.float32, 0x40490fdbn), new Random(seed)).corruptions.map(({ bits }) => bits);
    expect(draw(5)).to.deep.equal(draw(5));
    expect(draw(5)).not.to.deep.equal(draw(6));
  });
});

describe("sampled elements", () => {
  it("are all elements of a small tensor", () => {
    expect(sampleElements([2, 3], 8, new Random(1))).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(sampleElements([], 8, new Random(1))).to.deep.equal([0]);
  });

  it("are distinct, inside, and include the last and one on the border", () => {
    for (let seed = 0; seed < 100; seed++) {
      const dims = [1, 5, 7, 9];
      const elements = sampleElements(dims, 8, new Random(seed));
      expect(new Set(elements).size).to.equal(8);
      for (const element of elements) expect(element).to.be.within(0, sizeOf(dims) - 1);
      expect(elements).to.include(sizeOf(dims) - 1);
      const onBorder = unravel(elements[1], dims).some((x, axis) => dims[axis] > 1 && (x === 0 || x === dims[axis] - 1));
      expect(onBorder).to.equal(true);
    }
  });
});

describe("random inputs", () => {
  it("have the sizes of their specs, and the same bytes for the same seed", () => {
    const specs = Object.values(DType).map((dtype) => ({ name: `x${dtype}`, dtype, dims: [3, 50] }));
    const inputs = drawInputs(specs, 7);
    inputs.forEach((bytes, i) => expect(bytes.length).to.equal(150 * widthOf(specs[i].dtype)));
    expect(drawInputs(specs, 7)).to.deep.equal(inputs);
    expect(drawInputs(specs, 8)).not.to.deep.equal(inputs);
  });

  it("are normal floats, full-range integers and fair booleans", () => {
    const [floats, ints, bools] = drawInputs(
      [
        { name: "f", dtype: DType.float32, dims: [4000] },
        { name: "i", dtype: DType.int8, dims: [4000] },
        { name: "b", dtype: DType.bool, dims: [4000] },
      ],
      1,
    );
    const values = new Float32Array(floats.buffer);
    const mean = values.reduce((a, b) => a + b, 0) / 4000;
    const variance = values.reduce((a, b) => a + b * b, 0) / 4000;
    expect(mean).to.be.within(-0.1, 0.1);
    expect(variance).to.be.within(0.9, 1.1);
    const signed = new Int8Array(ints.buffer);
    expect(Math.min(...signed)).to.equal(-128);
    expect(Math.max(...signed)).to.equal(127);
    expect(new Set(bools)).to.deep.equal(new Set([0, 1]));
    expect(bools.reduce((a, b) => a + b, 0)).to.be.within(1800, 2200);
  });
});
