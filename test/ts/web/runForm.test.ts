import { expect } from "chai";
import { DType } from "../../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../../core/tensor/tensor.ts";
import { OpgError } from "../../../sdk/errors.ts";
import { decodeTensor } from "../../../sdk/tensors/decode.ts";
import { Fault } from "../../../web/src/fault.ts";
import { digitsOf } from "../../../web/src/pages/model/run/digits.ts";
import { bytesOf, example, fromBytes, fromNumbers } from "../../../web/src/pages/model/run/draft.ts";
import { commandFor, snippetFor, takesFile } from "../../../web/src/pages/model/run/equivalents.ts";
import { givenBy, tensorsOf, wholeInput } from "../../../web/src/pages/model/run/given.ts";
import { parseNumbers } from "../../../web/src/pages/model/run/parseNumbers.ts";
import { imageInput, inkOf, numbersOf, numbersOfInk, scalesFor } from "../../../web/src/pages/model/run/pixels.ts";
import { blank, brushFor, dot, stroke } from "../../../web/src/pages/model/run/strokes.ts";
import { DEFAULT_TERMS, opgOf, termsOf } from "../../../web/src/pages/model/run/terms.ts";
import { expectNear } from "../../support/near.ts";

const spec = (dims: readonly number[], dtype: DType = DType.float32): TensorSpec => ({ name: "x", dtype, dims });
const OPG = 10n ** 18n;

describe("numbers that somebody gives a model", () => {
  it("are read with commas, spaces and lines, or as lists of JSON", () => {
    expect(parseNumbers("0.5, 1;-2e3\n.25\t+7,")).to.deep.equal([0.5, 1, -2000, 0.25, 7]);
    expect(parseNumbers(" [[1, 2], [3, 4.5]] ")).to.deep.equal([[1, 2], [3, 4.5]]);
    expect(parseNumbers("true false")).to.deep.equal([true, false]);
    expect(parseNumbers("  ")).to.deep.equal([]);
  });

  it("keep whole numbers of 64 bits exact", () => {
    expect(parseNumbers("9007199254740993, 1")).to.deep.equal([9007199254740993n, 1]);
    expect(parseNumbers("[[-9223372036854775808]]")).to.deep.equal([[-9223372036854775808n]]);
  });

  it("are refused by name where they are none", () => {
    expect(() => parseNumbers("1, 2, three")).to.throw(Fault, 'number 3 is "three", which is no number');
    for (const word of ["Infinity", "NaN", "0x10", "1_000", "--1"]) expect(() => parseNumbers(word)).to.throw(Fault, "which is no number");
    expect(() => parseNumbers('[1, "2"]')).to.throw(Fault, '"2" in a list is no number');
    expect(() => parseNumbers("[1, 2")).to.throw(Fault, "the lists cannot be read");
  });

  it("become the input's bytes, or the kit says why not", () => {
    expect(decodeTensor(spec([2, 2]), bytesOf(spec([2, 2]), { kind: "text", text: "[[1,2],[3,4]]" })).data).to.deep.equal(Float32Array.of(1, 2, 3, 4));
    expect(decodeTensor(spec([]), bytesOf(spec([]), { kind: "text", text: "7" })).data).to.deep.equal(Float32Array.of(7));
    expect(() => bytesOf(spec([3]), { kind: "text", text: "1 2" })).to.throw(OpgError, "has 3 elements, 2 were given");
    expect(() => bytesOf(spec([1], DType.uint8), { kind: "text", text: "256" })).to.throw(OpgError, "uint8 holds 0 to 255");
  });

  it("come from raw files of the right length", () => {
    const draft = fromBytes(spec([3]), new Uint8Array(Float32Array.of(0.1, -2, -0).buffer), "in.bin");
    expect(draft).to.deep.equal({ kind: "text", text: "0.1, -2, -0" });
    expect(decodeTensor(spec([3]), bytesOf(spec([3]), draft)).data).to.deep.equal(Float32Array.of(0.1, -2, -0));
    expect(() => fromBytes(spec([2]), new Uint8Array(7), "in.bin")).to.throw(Fault, '"in.bin" has 7 bytes, the input has 8');
  });

  it("are exemplary where somebody only wants to see something", () => {
    for (const dtype of Object.values(DType)) {
      const draft = example(spec([2, 3], dtype), () => 0.9996);
      expect(bytesOf(spec([2, 3], dtype), draft), String(dtype)).to.be.instanceOf(Uint8Array);
    }
    expect(example(spec([2]), () => 0.1239)).to.deep.equal({ kind: "text", text: "0.123, 0.123" });
    expect(fromNumbers(new Float32Array(5_000), "a drawing")).to.deep.include({ kind: "numbers", from: "a drawing" });
  });

  it("are no example where a header names a shape that nothing can hold", () => {
    expect(() => example({ name: "x", dtype: DType.float32, dims: [2 ** 32 - 1, 2 ** 32 - 1] })).to.throw(Fault, "too many for an example");
  });

  it("are written in the fewest digits that mean them", () => {
    expect([Math.fround(0.1), 0.1, 1 / 3, 5, 2n ** 60n, Math.fround(1e-7)].map(digitsOf)).to.deep.equal(["0.1", "0.1", "0.3333333333333333", "5", "1152921504606846976", "1e-7"]);
  });

  it("are whole once every input is there", () => {
    const specs = [spec([1]), spec([2])];
    const given = [givenBy(specs[0], { kind: "text", text: "1" }), givenBy(specs[1], { kind: "text", text: "" })];
    expect(given[1]).to.deep.equal({});
    expect(wholeInput(given)).to.equal(undefined);
    expect(tensorsOf(specs, given).map((tensor) => tensor?.data)).to.deep.equal([Float32Array.of(1), undefined]);
    expect(wholeInput([given[0], givenBy(specs[1], { kind: "text", text: "2 3" })])).to.deep.equal(new Uint8Array(Float32Array.of(1, 2, 3).buffer));
    expect(givenBy(specs[1], { kind: "text", text: "2" }).fault).to.be.instanceOf(OpgError);
  });
});

describe("pictures and drawings as an input", () => {
  const digit = imageInput(spec([1, 1, 8, 8]))!;

  it("are taken where the shape is one of a picture", () => {
    expect(digit).to.deep.equal({ width: 8, height: 8, channels: "grey", layout: "NCHW", isByte: false });
    expect(imageInput(spec([1, 32, 24, 3], DType.uint8))).to.deep.equal({ width: 24, height: 32, channels: "rgb", layout: "NHWC", isByte: true });
    for (const none of [spec([1, 64]), spec([1, 5, 8, 8]), spec([1, 1, 8, 8], DType.int64)]) expect(imageInput(none)).to.equal(undefined);
  });

  it("have ink along a stroke, and none away from it", () => {
    const drawn = stroke(blank(8, 8), { x: 2, y: 4.5 }, { x: 6, y: 4.5 }, brushFor(8));
    const row = (y: number): number[] => Array.from(drawn.ink.subarray(8 * y, 8 * y + 8));
    expect(row(4).slice(2, 6)).to.deep.equal([1, 1, 1, 1]);
    expect([...row(2), ...row(6)].every((ink) => ink === 0)).to.equal(true);
    expect(row(4)[0]).to.equal(0);
    // Ink that is there stays under a lighter one.
    expect(stroke(drawn, { x: 4, y: 5.2 }, { x: 4, y: 5.2 }, brushFor(8)).ink[8 * 4 + 3]).to.equal(1);
    expect(dot(drawn, 7, 0, 1).ink[7]).to.equal(1);
  });

  it("become numbers by their scale, and are drawn again from them", () => {
    const drawn = dot(blank(8, 8), 1, 0, 0.5);
    const first = (scale: "unit" | "byte" | "signed", isInverted: boolean): number[] => Array.from(numbersOfInk(drawn, digit, scale, isInverted).subarray(0, 2));
    expect(first("unit", false)).to.deep.equal([0, 0.5]);
    expect(first("unit", true)).to.deep.equal([1, 0.5]);
    expect(first("byte", false)).to.deep.equal([0, 127.5]);
    expect(first("signed", false)).to.deep.equal([-1, 0]);
    for (const scale of ["unit", "byte", "signed"] as const) {
      for (const isInverted of [false, true]) expect(inkOf(numbersOfInk(drawn, digit, scale, isInverted), digit, scale, isInverted).ink).to.deep.equal(drawn.ink);
    }
  });

  it("have their pixels in the order of the input's axes", () => {
    const rgb = imageInput(spec([1, 3, 4, 4]))!;
    const numbers = numbersOf(picture, rgb, "unit", false);
    expect([numbers[0], numbers[16], numbers[32], numbers[1]]).to.deep.equal([0, 0, 0, 1]);
    expect(Array.from(numbersOf(picture, imageInput(spec([1, 4, 4, 3], DType.uint8))!, "byte", false).subarray(0, 4))).to.deep.equal([0, 0, 0, 255]);
    expectNear(numbersOf(picture, rgb, "imagenet", false)[0], -0.485 / 0.229, 1e-6);
    expect(numbersOf(picture, digit4(), "unit", true)[0]).to.equal(1);
  });

  it("have the scale and the order of channels that the card states", () => {
    expect(scalesFor(digit)).to.deep.equal(["unit", "byte", "signed"]);
    expect(scalesFor(imageInput(spec([1, 4, 4, 3], DType.uint8))!)).to.deep.equal(["byte"]);
    const stated = imageInput(spec([1, 1, 4, 4]), { range: [16, 0] })!;
    expect(scalesFor(stated)[0]).to.equal("card");
    expect(Array.from(numbersOf(picture, stated, "card", false).subarray(0, 2))).to.deep.equal([16, 0]);
    expect(Array.from(numbersOfInk(dot(blank(4, 4), 1, 0, 0.25), stated, "card", false).subarray(0, 2))).to.deep.equal([16, 12]);
    const red = { width: 4, height: 4, data: new Uint8ClampedArray(64).fill(255, 0, 1) };
    const bgr = imageInput(spec([1, 3, 4, 4]), { channels: "bgr" })!;
    expect([0, 16, 32].map((i) => numbersOf(red, bgr, "unit", false)[i])).to.deep.equal([0, 0, 1]);
    expectNear(numbersOf(red, bgr, "imagenet", false)[32], (1 - 0.485) / 0.229, 1e-5);
  });

  /** White, but for a black pixel at the beginning. */
  const picture = { width: 4, height: 4, data: new Uint8ClampedArray(64).fill(255).fill(0, 0, 3) };
  const digit4 = () => imageInput(spec([1, 1, 4, 4]))!;
});

describe("terms of a request in the form", () => {
  const quote = { price: OPG, minBond: 100n * OPG, minWindow: 600 };
  const written = (changes: Partial<typeof DEFAULT_TERMS>) => termsOf({ ...DEFAULT_TERMS, ...changes }, quote);

  it("are the version's least where nothing is written", () => {
    expect(written({})).to.deep.equal({ fee: OPG, bond: 100n * OPG, window: 600, serveWithin: 300, funding: "permit" });
    expect(written({ fee: "1.000000000000000001", window: "3600", operator: `0x${"AB".repeat(20)}` })).to.deep.include({ fee: OPG + 1n, window: 3_600, operator: `0x${"ab".repeat(20)}` });
  });

  it("are refused by name", () => {
    expect(() => written({ fee: "0.5" })).to.throw(Fault, "the fee is 0.5 OPG: the version takes 1 OPG at least");
    expect(() => written({ bond: "1e3" })).to.throw(Fault, 'the bond is "1e3", which is no amount of OPG');
    expect(() => written({ window: "10" })).to.throw(Fault, "the window is 10 s: it takes 600 s at least");
    expect(() => written({ serveWithin: "soon" })).to.throw(Fault, "which is no number of seconds");
    expect(() => written({ operator: "0x12" })).to.throw(Fault, "no address of an operator");
  });

  it("stand in the command and in code", () => {
    expect([opgOf(OPG / 2n), opgOf(3n * OPG), opgOf(1n)]).to.deep.equal(["0.5", "3", "0.000000000000000001"]);
    const inputs = [{ name: "x", dtype: "float32", dims: [1, 2], data: Float32Array.of(0.1, 2) }, { name: "n", dtype: "int64", dims: [1], data: BigInt64Array.of(5n) }];
    const wish = { version: "0xaa", specs: [spec([1, 2]), spec([1], DType.int64)], inputs, terms: written({ operator: `0x${"ab".repeat(20)}` }) };
    expect(commandFor(wish).replaceAll(" \\\n ", "")).to.equal(`npx opg request 0xaa --values 0.1,2 5 --fee 1 --bond 100 --window 600 --deadline 300 --operator 0x${"ab".repeat(20)}`);
    expect(snippetFor(wish)).to.include('client.request("0xaa", [[[0.1, 2]], [5n]], {').and.include("fee: 1000000000000000000n,");
    expect(commandFor({ ...wish, inputs: [undefined, inputs[1]] })).to.include("--values NUMBERS 5");
    const large = { ...wish, specs: [spec([1, 3, 224, 224])] };
    expect(takesFile(large)).to.equal(true);
    expect(commandFor(large)).to.include("--input input.bin");
  });
});
