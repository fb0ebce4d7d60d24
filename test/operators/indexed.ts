import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { anything, dims, float, int64, octets, words } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

/** Any element type: what takes elements computes nothing. */
const drawAny = (random: Random, shape: readonly number[]): NodeInput =>
  random.chance(0.3) ? float(shape, random) : anything(random.pick(Object.values(DType).filter((type) => type !== DType.float16)), shape, random);

/** Indices as constants or not, of either type. */
function indices(random: Random, shape: readonly number[], values: readonly number[], isWide = random.chance(0.6)): NodeInput {
  const raw = new Uint8Array((isWide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values)).buffer);
  return { dtype: isWide ? DType.int64 : DType.int32, dims: shape, raw, constant: random.chance(0.3) };
}

/** A place on an axis of that length, in a third of cases counted from its end. */
const place = (random: Random, dim: number): number => (random.chance(0.3) ? -random.int(1, dim) : random.int(0, dim - 1));

const places = (random: Random, count: number, dim: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => place(random, dim(i)));

function gather(random: Random): OnnxCase {
  const x = drawAny(random, dims(random, 1, 4));
  const axis = random.int(0, x.dims.length - 1);
  const shape = dims(random, 0, 3, 4);
  const list = indices(random, shape, places(random, sizeOf(shape), () => x.dims[axis]));
  const to = [...x.dims.slice(0, axis), ...shape, ...x.dims.slice(axis + 1)];
  const attributes = { axis: { int: random.chance(0.5) ? axis : axis - x.dims.length } };
  return caseOf({ op: "Gather", attributes, inputs: [x, list], output: { dtype: x.dtype as DType, dims: to } }, random);
}

function gatherElements(random: Random): OnnxCase {
  const x = drawAny(random, dims(random, 1, 4));
  const axis = random.int(0, x.dims.length - 1);
  const shape = x.dims.map((dim, i) => (i === axis ? random.int(1, 5) : random.int(1, dim)));
  const list = indices(random, shape, places(random, sizeOf(shape), () => x.dims[axis]));
  return caseOf({ op: "GatherElements", attributes: { axis: { int: axis } }, inputs: [x, list], output: { dtype: x.dtype as DType, dims: shape } }, random);
}

function gatherND(random: Random): OnnxCase {
  const x = drawAny(random, dims(random, 1, 4));
  const batches = random.int(0, x.dims.length - 1);
  const count = random.int(1, x.dims.length - batches);
  const shape = [...x.dims.slice(0, batches), ...dims(random, 0, 2, 3)];
  const list = indices(random, [...shape, count], places(random, sizeOf(shape) * count, (i) => x.dims[batches + (i % count)]), true);
  const to = [...shape, ...x.dims.slice(batches + count)];
  return caseOf({ op: "GatherND", attributes: { batch_dims: { int: batches } }, inputs: [x, list], output: { dtype: x.dtype as DType, dims: to } }, random);
}

const bytes = octets(DType.uint8, [4], [9, 8, 7, 6]);
const at = (x: NodeInput, ...values: (number | bigint)[]) => {
  const list = { ...int64(values), constant: false };
  return caseOf({ op: "Gather", inputs: [x, list], output: { dtype: x.dtype as DType, dims: [values.length] } });
};
const coordinates = (...values: number[]) =>
  caseOf({
    op: "GatherND",
    inputs: [octets(DType.uint8, [2, 3], [0, 1, 2, 3, 4, 5]), { ...int64(values), dims: [1, 2], constant: false }],
    output: { dtype: DType.uint8, dims: [1] },
  });

export const indexed: OperatorCases = {
  keepsSigns: true,
  random: (random) => random.pick([gather, gather, gatherElements, gatherND])(random),
  special: [
    { about: "the element that the index names", of: at(bytes, 2), leaves: [7] },
    { about: "a negative index counts from the end", of: at(bytes, -1), leaves: [6] },
    { about: "the least index is the first element", of: at(bytes, -4), leaves: [9] },
    { about: "an index behind the end names nothing", of: at(bytes, 4), leaves: [], runs: false },
    { about: "one before the first names nothing", of: at(bytes, -5), leaves: [], runs: false },
    { about: "the greatest index names nothing", of: at(bytes, 2n ** 63n - 1n), leaves: [], runs: false },
    { about: "the least integer names nothing", of: at(bytes, -(2n ** 63n)), leaves: [], runs: false },
    { about: "every index has an axis", of: coordinates(1, -3), leaves: [3] },
    { about: "an index out of range is no other element's", of: coordinates(0, 3), leaves: [], runs: false },
    { about: "a zero has no sign", of: at(words([2], [0x80000000, 0x7fc00001]), 0), leaves: [0], not: [1n] },
    { about: "a NaN has no payload", of: at(words([2], [0x80000000, 0x7fc00001]), 1), leaves: [NaN] },
  ],
};
