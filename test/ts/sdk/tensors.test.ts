import { expect } from "chai";
import fc from "fast-check";
import { UNITS_OF_ONE, unitsOf } from "../../../core/exact/formats.ts";
import { DType, dtypeName, widthOf } from "../../../core/tensor/dtype.ts";
import { halfBits, halfOf } from "../../../core/tensor/half.ts";
import type { TensorSpec } from "../../../core/tensor/tensor.ts";
import { decodeTensor } from "../../../sdk/tensors/decode.ts";
import { argmax, decodeOutputs, encodeInputs, encodeTensor, imageTensor, nested, numberTensor, OpgError, type TensorValue } from "../../../sdk/index.ts";

const spec = (dtype: DType, ...dims: number[]): TensorSpec => ({ name: "x", dtype, dims });
const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(OpgError);
    expect((error as OpgError).code).to.equal("TENSOR");
    return (error as OpgError).message;
  }
  return "nothing was refused";
};

/** Numbers that each type holds exactly. */
const HELD = new Map<DType, fc.Arbitrary<number | bigint>>([
  [DType.float32, fc.float({ noNaN: true, noDefaultInfinity: true })],
  [DType.float64, fc.double({ noNaN: true, noDefaultInfinity: true })],
  [DType.float16, fc.integer({ min: 0, max: 0xffff }).filter((bits) => (bits & 0x7c00) !== 0x7c00).map(halfOf)],
  [DType.bool, fc.integer({ min: 0, max: 1 })],
  ...([DType.uint8, DType.uint16, DType.uint32] as const).map((dtype) => [dtype, fc.integer({ min: 0, max: 2 ** (8 * widthOf(dtype)) - 1 })] as const),
  ...([DType.int8, DType.int16, DType.int32] as const).map((dtype) => [dtype, fc.integer({ min: -(2 ** (8 * widthOf(dtype) - 1)), max: 2 ** (8 * widthOf(dtype) - 1) - 1 })] as const),
  [DType.int64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [DType.uint64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
]);

describe("tensors in and out", () => {
  it("gives back of every type what was put in, flat, nested, as a typed array, or with its shape", () => {
    expect(HELD.size).to.equal(Object.keys(DType).length);
    for (const [dtype, numbers] of HELD) {
      const matrix = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })).chain(([rows, columns]) => fc.array(fc.array(numbers, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }));
      fc.assert(
        fc.property(matrix, (rows) => {
          const of = spec(dtype, rows.length, rows[0].length);
          const bytes = encodeTensor(of, rows);
          const tensor = decodeTensor(of, bytes);
          expect(tensor.dtype).to.equal(dtypeName(dtype));
          expect(nested(tensor), dtypeName(dtype)).to.deep.equal(rows);
          for (const same of [rows.flat(), tensor.data, { data: tensor.data, dims: of.dims }]) expect(encodeTensor(of, same)).to.deep.equal(bytes);
        }),
        { numRuns: 50 },
      );
    }
  });

  it("rounds numbers to the nearest of the type, and halves as the language does", () => {
    const view = new DataView(new ArrayBuffer(2));
    const language = (value: number): number => (view.setFloat16(0, value), view.getUint16(0));
    const near = fc.double({ min: -70_000, max: 70_000 });
    const small = fc.double({ min: -(2 ** -13), max: 2 ** -13 });
    fc.assert(fc.property(fc.oneof(near, small, fc.double()), (value) => void expect(halfBits(value), String(value)).to.equal(language(value))), { numRuns: 3_000 });
    for (let bits = 0; bits < 65_536; bits++) {
      view.setUint16(0, bits);
      const value = view.getFloat16(0);
      expect(Object.is(halfOf(bits), value), String(bits)).to.equal(true);
      // In the middle between two neighbours.
      if (Number.isFinite(value)) expect(halfBits(value + 2 ** -25)).to.equal(language(value + 2 ** -25));
    }
    expect(decodeTensor(spec(DType.float32, 1), encodeTensor(spec(DType.float32, 1), 0.1)).data[0]).to.equal(Math.fround(0.1));
  });

  it("refuses what a type does not hold, by the input's name and the element's place", () => {
    const refused: [DType, TensorValue, RegExp][] = [
      [DType.float32, [0, NaN], /^element 1 \[0, 1\] of "x" \(float32 \[1, 2\]\) is NaN: only finite numbers/],
      [DType.float32, new Float32Array([0, Infinity]), /is Infinity: only finite/],
      [DType.float64, [-Infinity, 0], /element 0 \[0, 0\] .* is -Infinity/],
      [DType.float32, [0, 3.5e38], /at most 3\.40/],
      [DType.float16, [0, 65_520], /at most 65504/],
      [DType.uint8, [0, 256], /is 256: uint8 holds 0 to 255/],
      [DType.uint8, [0, -1], /uint8 holds/],
      [DType.int8, [0.5, 0], /int8 takes whole numbers/],
      [DType.int64, [0, 2 ** 53], /give a bigint/],
      [DType.int64, [0, 2n ** 63n], /int64 holds/],
      [DType.bool, [0, 2], /a bool is true or false/],
      [DType.int32, [0, NaN], /whole numbers/],
      [DType.uint8, [0, { value: 15n, decimals: 1n }], /is 15 · 10\^−1: uint8 takes whole/],
      [DType.float32, [0, { value: 1n, decimals: -400n }], /only finite/],
      [DType.float32, [0, null as never], /is null: it is no number$/],
      [DType.int8, ["1" as never, 0], /it is no number$/],
    ];
    for (const [dtype, value, why] of refused) expect(faultOf(() => encodeTensor(spec(dtype, 1, 2), value)), String(why)).to.match(why);
  });

  it("refuses other shapes and other inputs, and says what the model takes", () => {
    const two = spec(DType.float32, 2, 2);
    expect(faultOf(() => encodeTensor(two, [1, 2, 3]))).to.equal('"x" (float32 [2, 2]) has 4 elements, 3 were given');
    expect(faultOf(() => encodeTensor(two, [[1, 2], [3]]))).to.match(/at \[1\] stands a list of 1$/);
    expect(faultOf(() => encodeTensor(two, [[1, 2], 3]))).to.match(/at \[1\] stands a number$/);
    expect(faultOf(() => encodeTensor(two, { data: [1, 2, 3, 4], dims: [4] }))).to.match(/with the shape \[4\]$/);
    const specs = [two, { name: "y", dtype: DType.int64, dims: [] }];
    expect([...encodeInputs(specs, { y: 7n, x: [[1, 2], [3, 4]] })]).to.deep.equal([...encodeInputs(specs, [[1, 2, 3, 4], 7])]);
    expect(faultOf(() => encodeInputs(specs, { x: [1, 2, 3, 4] }))).to.equal('the input "y" (int64 []) is missing');
    expect(faultOf(() => encodeInputs(specs, { z: 1 }))).to.equal('there is no input "z": the model takes "x" (float32 [2, 2]), "y" (int64 [])');
    expect(faultOf(() => encodeInputs(specs, [1]))).to.match(/^1 inputs were given/);
    expect(faultOf(() => decodeOutputs(specs, new Uint8Array(3)))).to.match(/^the output has 3 bytes, the version's outputs have 24$/);
  });

  it("takes and gives OpenGradient's numbers, exactly where the type permits", () => {
    const cents = { name: "x", values: [{ value: 125n, decimals: 2n }, { value: -5n, decimals: 1n }], shape: [2n] };
    expect([...decodeTensor(spec(DType.float32, 2), encodeTensor(spec(DType.float32, 2), cents)).data]).to.deep.equal([1.25, -0.5]);
    expect(faultOf(() => encodeTensor(spec(DType.float32, 1, 2), cents))).to.match(/with the shape \[2\]$/);
    expect([...encodeTensor(spec(DType.int16, 1), { value: 300n, decimals: 0 })]).to.deep.equal([44, 1]);
    expect([...encodeTensor(spec(DType.int16, 1), { value: 3n, decimals: -2 })]).to.deep.equal([44, 1]);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }), fc.integer({ min: 0, max: 30 }), (number, decimals) => {
        const [{ value }] = numberTensor({ name: "x", dtype: "float64", dims: [1], data: new Float64Array([number]) }, decimals).values;
        // Within half a unit of the last decimal, by the number's own exact value.
        expect(abs((value as bigint) * UNITS_OF_ONE - unitsOf(number) * 10n ** BigInt(decimals)) * 2n <= UNITS_OF_ONE).to.equal(true);
      }),
    );
    expect(faultOf(() => numberTensor({ name: "x", dtype: "float32", dims: [1], data: new Float32Array([NaN]) }, 2))).to.match(/element 0 of "x" is NaN/);
  });
  const abs = (x: bigint): bigint => (x < 0n ? -x : x);

  it("makes tensors of pictures by the stated normalisation", () => {
    const picture = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 51, 9, 0, 255, 102, 9) };
    expect(imageTensor(picture)).to.deep.equal({ data: Float32Array.of(1, 0, 0, 1, 51 / 255, 102 / 255), dims: [1, 3, 1, 2] });
    expect(imageTensor(picture, { layout: "NHWC", channels: "bgr", scale: 1 })).to.deep.equal({ data: Float32Array.of(51, 0, 255, 102, 255, 0), dims: [1, 1, 2, 3] });
    const grey = imageTensor(picture, { channels: "grey", scale: 1, mean: 10, std: 2 });
    expect(grey).to.deep.equal({ data: Float32Array.of((0.299 * 255 + 0.114 * 51 - 10) / 2, (0.587 * 255 + 0.114 * 102 - 10) / 2), dims: [1, 1, 1, 2] });
    expect(imageTensor(picture, { mean: [0.5, 0.25, 0], std: [1, 0.5, 2] }).data[2]).to.equal(-0.5);
    expect(faultOf(() => imageTensor({ ...picture, width: 3 }))).to.match(/3 × 1 has 12 bytes, not 8/);
    expect(faultOf(() => imageTensor(picture, { mean: [1] }))).to.match(/mean has 1 numbers/);
    expect(faultOf(() => imageTensor(picture, { std: 0 }))).to.equal("a std is 0");
  });

  it("finds the greatest number, the first of equal ones, and never a NaN among numbers", () => {
    expect(argmax({ data: Float32Array.of(1, 3, 3, 2) })).to.equal(1);
    expect(argmax({ data: Float32Array.of(NaN, -1, NaN) })).to.equal(1);
    expect(argmax({ data: BigInt64Array.of(-5n, -3n) })).to.equal(1);
  });
});
