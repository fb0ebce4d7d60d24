import { bitsOf, floatOf } from "../../core/math/float32.ts";
import { Opcode, Rule, type Node } from "../../core/program/types.ts";
import { sizeOf, unravel } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { anyBits, floats, isNaNBits, mixedBits, roundBits, usualBits } from "./floats.ts";
import { corruptions, tensor } from "./judge.ts";
import type { Attribute } from "./onnxModel.ts";
import type { Random } from "./random.ts";

/** A convolution's shape and attributes. */
export interface Geometry {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly group: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly dilations: readonly number[];
}

/** One to three spatial axes, strides, uneven padding, dilations and groups. */
export function geometry(random: Random): Geometry {
  const rank = random.pick([1, 2, 2, 2, 2, 3]);
  const axis = () => {
    const dilation = random.pick([1, 1, 1, 2, 3]);
    const kernel = random.int(1, 4);
    const extent = (kernel - 1) * dilation + 1;
    const [begin, end] = [random.int(0, extent - 1), random.int(0, extent - 1)].map((pad) => (random.chance(0.5) ? pad : 0));
    const stride = random.pick([1, 1, 2, 3]);
    const size = Math.max(random.int(1, 7), extent - begin - end, 1);
    return { dilation, kernel, begin, end, stride, size, out: Math.floor((size + begin + end - extent) / stride) + 1 };
  };
  const axes = Array.from({ length: rank }, axis);
  const group = random.pick([1, 1, 1, 2, 3]);
  const [channels, filters] = [random.int(1, rank === 1 ? 20 : 9), random.int(1, 4)];
  const batch = random.int(1, 2);
  return {
    x: [batch, group * channels, ...axes.map((a) => a.size)],
    w: [group * filters, channels, ...axes.map((a) => a.kernel)],
    y: [batch, group * filters, ...axes.map((a) => a.out)],
    group,
    kernel: axes.map((a) => a.kernel),
    strides: axes.map((a) => a.stride),
    begin: axes.map((a) => a.begin),
    end: axes.map((a) => a.end),
    dilations: axes.map((a) => a.dilation),
  };
}

export const convAttributes = (g: Geometry): number[] => [g.group, ...g.kernel, ...g.strides, ...g.begin, ...g.end, ...g.dilations];

export const convOnnx = (g: Geometry): Record<string, Attribute> => ({
  group: { int: g.group },
  kernel_shape: { ints: g.kernel },
  strides: { ints: g.strides },
  pads: { ints: [...g.begin, ...g.end] },
  dilations: { ints: g.dilations },
});

/**
 * Row-major indices of the elements that an output element reads, by the definition of ONNX: channels first, then the
 * kernel; undefined for padding.
 */
export function convReads(g: Geometry, element: number): { x: (number | undefined)[]; w: number[] } {
  const [batch, filter, ...at] = unravel(element, g.y);
  const perGroup = g.w[0] / g.group;
  const first = Math.floor(filter / perGroup) * g.w[1];
  const kernelSize = sizeOf(g.kernel);
  const reads = { x: [] as (number | undefined)[], w: [] as number[] };
  for (let channel = 0; channel < g.w[1]; channel++)
    for (let t = 0; t < kernelSize; t++) {
      const tap = unravel(t, g.kernel);
      const position = at.map((o, a) => o * g.strides[a] - g.begin[a] + tap[a] * g.dilations[a]);
      const inside = position.every((p, a) => p >= 0 && p < g.x[2 + a]);
      let index = batch * g.x[1] + first + channel;
      position.forEach((p, a) => (index = index * g.x[2 + a] + p));
      reads.x.push(inside ? index : undefined);
      reads.w.push((filter * g.w[1] + channel) * kernelSize + t);
    }
  return reads;
}

/** How the numbers of a case are drawn: mostly as models have them, sometimes from the edges of binary32. */
export function drawer(random: Random): () => number {
  const scale = 10 ** random.int(-3, 2);
  return random.pick([
    () => usualBits(random, scale),
    () => usualBits(random, scale),
    () => bitsOf(Math.max(0, random.normal())),
    () => roundBits(random),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-70, 60))),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-149, -60))),
    () => mixedBits(random),
    () => anyBits(random),
  ]);
}

export const randomFloats = (length: number, random: Random): Uint8Array => floats(length, drawer(random));

/** A float32 that is not this one. */
export const wrongBits = (right: number, random: Random): number =>
  random.pick([...corruptions(right, random), isNaNBits(right) ? 0x3f800000 : 0x7fc00000]);

/** A row of a float dot product under a rule. */
export function floatNode(
  opcode: Node["opcode"],
  output: Tensor,
  inputs: readonly (Tensor | undefined)[],
  attributes: readonly number[],
): Node {
  return { opcode, rule: Rule.bound, chunk: 0, flags: 0, output, inputs, attributes };
}

export const chained = (node: Node, chunk: number, biasFirst: boolean): Node => ({ ...node, rule: Rule.chain, chunk, flags: biasFirst ? 1 : 0 });

export { Opcode, floatOf, tensor };

/** Operands of a matrix product, with broadcast batch axes and now and then a vector, and what an element reads. */
export interface MatrixShapes {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly y: readonly number[];
  /** Row-major indices in k order. */
  readonly reads: (element: number) => { a: number[]; b: number[] };
}

export function matrixShapes(random: Random, vectors = true): MatrixShapes {
  const [m, n, k] = [random.int(1, 5), random.int(1, 6), random.int(1, 40)];
  const batch = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => random.int(1, 3));
  const broadcast = () => batch.map((d) => (random.chance(0.3) ? 1 : d)).slice(random.chance(0.2) ? random.int(0, batch.length) : 0);
  const vectorA = vectors && random.chance(0.12);
  const vectorB = vectors && random.chance(0.12);
  const a = vectorA ? [k] : [...broadcast(), m, k];
  const b = vectorB ? [k] : [...broadcast(), k, n];
  // The output's batch axes are those of the operands, broadcast.
  const [batchA, batchB] = [vectorA ? [] : a.slice(0, -2), vectorB ? [] : b.slice(0, -2)];
  const rank = Math.max(batchA.length, batchB.length);
  const aligned = (dims: readonly number[], i: number): number => dims[dims.length - rank + i] ?? 1;
  const common = Array.from({ length: rank }, (_, i) => Math.max(aligned(batchA, i), aligned(batchB, i)));
  const y = [...common, ...(vectorA ? [] : [m]), ...(vectorB ? [] : [n])];
  const reads = (element: number) => {
    const c = unravel(element, y);
    const matrix = (dims: readonly number[]): number => {
      let index = 0;
      for (let i = 0; i < rank; i++) if (rank - i <= dims.length) index = index * aligned(dims, i) + (aligned(dims, i) === 1 ? 0 : c[i]);
      return index;
    };
    const row = vectorA ? 0 : c[rank];
    const column = vectorB ? 0 : c[c.length - 1];
    const ks = Array.from({ length: k }, (_, i) => i);
    return {
      a: ks.map((i) => (matrix(batchA) * (vectorA ? 1 : m) + row) * k + i),
      b: ks.map((i) => (matrix(batchB) * k + i) * (vectorB ? 1 : n) + column),
    };
  };
  return { a, b, y, reads };
}
