import { expect } from "chai";
import { DType } from "../../../core/tensor/dtype.ts";
import { rowsOf, scoresOf, tensorsIn, type TensorBytes } from "../../../web/src/ui/tensor/numbers.ts";
import { isPlainlyPicture, layoutOf, pixelsOf } from "../../../web/src/ui/tensor/pixels.ts";

const floats = (dims: readonly number[], values: readonly number[]): TensorBytes => ({
  spec: { name: "x", dtype: DType.float32, dims },
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});
const bytes = (dims: readonly number[], values: readonly number[]): TensorBytes => ({ spec: { name: "x", dtype: DType.uint8, dims }, bytes: Uint8Array.from(values) });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("tensors on a page: numbers", () => {
  const specs = [
    { name: "a", dtype: DType.float32, dims: [2] },
    { name: "b", dtype: DType.int64, dims: [1] },
  ];

  it("cuts bytes by the specs, and only bytes of their length", () => {
    const parts = tensorsIn(specs, Uint8Array.from(upTo(16)))!;
    expect(parts.map((part) => [...part.bytes])).to.deep.equal([upTo(8), upTo(16).slice(8)]);
    expect(tensorsIn(specs, new Uint8Array(15))).to.equal(undefined);
    expect(tensorsIn(specs, new Uint8Array(17))).to.equal(undefined);
  });

  it("reads bytes that do not lie aligned", () => {
    const whole = new Uint8Array(9);
    whole.set(new Uint8Array(Float32Array.of(0.1, -2).buffer), 1);
    expect(rowsOf({ spec: { name: "x", dtype: DType.float32, dims: [2] }, bytes: whole.subarray(1) }).rows[0].values).to.deep.equal(["0.1", "-2"]);
  });

  it("shows a row along a short last axis, with its place", () => {
    expect(rowsOf(bytes([2, 1, 3], upTo(6)))).to.deep.equal({
      width: 3,
      rows: [
        { place: "[0, 0, 0]", values: ["0", "1", "2"] },
        { place: "[1, 0, 0]", values: ["3", "4", "5"] },
      ],
      rest: 0,
    });
  });

  it("shows sixteen numbers a row along a long one, and no more rows than it may", () => {
    const { width, rows, rest } = rowsOf(bytes([100], upTo(100)), 2);
    expect([width, rows.map(({ place }) => place), rest]).to.deep.equal([16, ["[0]", "[16]"], 68]);
  });

  it("shows a column as rows of sixteen", () => {
    expect(rowsOf(bytes([20, 1], upTo(20))).rows.map(({ values }) => values.length)).to.deep.equal([16, 4]);
  });

  it("shows a scalar, and a tensor without elements", () => {
    expect(rowsOf(bytes([], [7])).rows).to.deep.equal([{ place: "[]", values: ["7"] }]);
    expect(rowsOf(bytes([0, 4], [])).rows).to.deep.equal([]);
  });
});

describe("tensors on a page: scores of classes", () => {
  it("marks the greatest, the first of several, under its label", () => {
    const scores = scoresOf(floats([1, 3], [-1, 3, 3]), ["calm", "rally", "crash"])!;
    expect(scores.map(({ label, value, isGreatest }) => [label, value, isGreatest])).to.deep.equal([["calm", "-1", false], ["rally", "3", true], ["crash", "3", false]]);
  });

  it("draws bars from zero within the range of all", () => {
    const bars = scoresOf(floats([3], [-1, 3, 0]))!.map(({ from, length }) => [from, length]);
    expect(bars).to.deep.equal([[0, 0.25], [0.25, 0.75], [0.25, 0]]);
  });

  it("are the greatest hundred of many, if these have labels", () => {
    const labels = Array.from({ length: 4_000 }, (_, i) => `class ${i}`);
    const scores = scoresOf(floats([1, 4_000], upTo(4_000)), labels)!;
    expect(scores).to.have.length(100);
    expect([scores[0], scores[99]].map(({ label, isGreatest }) => [label, isGreatest])).to.deep.equal([["class 3999", true], ["class 3900", false]]);
  });

  it("are no scores: one number, a matrix, more than a hundred, or what no number is", () => {
    for (const none of [floats([1, 1], [2]), floats([2, 2], [1, 2, 3, 4]), floats([101], upTo(101)), floats([2], [1, NaN]), floats([2], [1, Infinity])]) {
      expect(scoresOf(none)).to.equal(undefined);
    }
  });
});

describe("tensors on a page: pictures", () => {
  it("draws grey numbers between black and white, by the hint's range or by their own", () => {
    const tensor = floats([1, 1, 4, 4], upTo(16).map((i) => i / 30));
    const greys = (range?: readonly [number, number]) => [...pixelsOf(tensor, { range })!.data.filter((_, i) => i % 4 === 0)];
    expect(greys()).to.deep.equal(upTo(16).map((i) => Math.round((255 * i) / 15)));
    expect(greys([0, 1])[15]).to.equal(128);
    expect(greys([1, 0])[0]).to.equal(255);
  });

  it("keeps what lies outside the range black or white, and draws equal numbers", () => {
    expect([...pixelsOf(floats([4, 4], upTo(16)), { range: [4, 5] })!.data.filter((_, i) => i % 4 === 0)].slice(3, 6)).to.deep.equal([0, 0, 255]);
    expect([...pixelsOf(bytes([4, 4], new Array<number>(16).fill(0)))!.data.slice(0, 4)]).to.deep.equal([0, 0, 0, 255]);
  });

  it("reads three channels before or behind the pixels, and turned round", () => {
    const size = 16;
    const planar = bytes([1, 3, 4, 4], [...new Array<number>(size).fill(255), ...new Array<number>(size).fill(0), ...new Array<number>(size).fill(128)]);
    const woven = bytes([1, 4, 4, 3], Array.from({ length: size }, () => [255, 0, 128]).flat());
    for (const tensor of [planar, woven]) expect([...pixelsOf(tensor)!.data.slice(0, 4)]).to.deep.equal([255, 0, 128, 255]);
    expect([...pixelsOf(planar, { channels: "bgr" })!.data.slice(0, 4)]).to.deep.equal([128, 0, 255, 255]);
  });

  it("takes the layout that a hint names, and no other", () => {
    expect(layoutOf([3, 8, 3])).to.equal(undefined);
    expect(layoutOf([1, 3, 8, 3], "NHWC")).to.equal(undefined);
    expect(layoutOf([1, 8, 8, 1], "NCHW")).to.equal(undefined);
    expect(layoutOf([1, 8, 8, 1])).to.deep.include({ height: 8, width: 8, channels: 1 });
  });

  it("takes a shape for a picture only where it plainly is one", () => {
    const shapes = [[1, 1, 8, 8], [28, 28], [3, 32, 64], [1, 10], [24, 1, 1], [1, 1, 64], [4, 64], [2, 3, 8, 8], [5, 8, 8], [2_000, 2_000]];
    const plain = shapes.filter((dims) => isPlainlyPicture({ spec: { name: "x", dtype: DType.uint8, dims }, bytes: new Uint8Array() }));
    expect(plain).to.deep.equal([[1, 1, 8, 8], [28, 28], [3, 32, 64]]);
  });
});
