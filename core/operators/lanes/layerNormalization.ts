import { DTypeUnsupported } from "../../math/element.ts";
import { bitsOf, fma32, floatOf, sameFloatBits } from "../../math/float32.ts";
import { requireAtMost } from "../../math/length.ts";
import type { Node, Schedule } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { DType } from "../../tensor/dtype.ts";
import type { TensorReader } from "../../tensor/reader.ts";
import { sizeOf, unravel } from "../../tensor/shape.ts";
import type { Replay, Twin } from "../descriptor.ts";
import { input } from "../operands.ts";
import { reductionTwin } from "../reduction.ts";
import { closeWith, pack32, pack64, requireSchedule, unpack32, unpack64 } from "./lanes.ts";
import { inPass, numbersOf, readingOf, rowOf } from "./row.ts";

/** What two passes over a row come to: Σx in four binary64 lanes, Σ(x − mean)² in eight binary32 lanes. */
interface Moments {
  readonly sum: Float64Array;
  readonly squares: Float32Array;
}

const round = Math.fround;

const sumOf = ([a, b, c, d]: Float64Array): number => a + c + (b + d);

function squaresOf(l: Float32Array): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((j) => round(l[j] + l[j + 4]));
  return round(round(a + c) + round(b + d));
}

/** Numbers i, i + 1 … of a row of n enter the sum: four lanes, and what is left over after the lanes were added. */
function addNumbers({ sum }: Moments, x: readonly number[], i: number, n: number): void {
  const rest = n - (n % 4);
  for (const bits of x) {
    if (i === rest) closeWith(sum, sumOf(sum));
    sum[i < rest ? i % 4 : 0] += floatOf(bits);
    i++;
  }
}

/** RN₃₂(RN₆₄(Σx / n)). */
const meanOf = ({ sum }: Moments, n: number): number => round(sumOf(sum) / n);

/**
 * The same for the squares of what is left after the mean. Of what is left over after eight lanes, whole fours are multiplied
 * and added, the others fused.
 */
function addSquares(moments: Moments, x: readonly number[], i: number, n: number): void {
  const { squares } = moments;
  const mean = meanOf(moments, n);
  const rest = n - (n % 8);
  const fused = n - (n % 4);
  for (const bits of x) {
    if (i === rest) closeWith(squares, squaresOf(squares));
    const lane = i < rest ? i % 8 : 0;
    const d = round(floatOf(bits) - mean);
    squares[lane] = i >= rest && i < fused ? round(squares[lane] + round(d * d)) : fma32(d, d, squares[lane]);
    i++;
  }
}

/** fma((x − mean)·i, g, b) with i = 1 / √(Σ(x − mean)² / n + ε), and without b ((x − mean)·i)·g. */
function normalise(moments: Moments, n: number, epsilon: number, x: number, g: number, b: number | undefined): number {
  const variance = round(round(squaresOf(moments.squares) / n) + epsilon);
  const inverse = round(1 / round(Math.sqrt(variance)));
  const z = round(round(x - meanOf(moments, n)) * inverse);
  return b === undefined ? round(z * g) : fma32(z, g, b);
}

/** Eight lanes, whatever the processor. */
export const LAYER_LANES: readonly Schedule[] = [{ chunk: 8, flags: 0 }];

/** Shorter rows onnxruntime normalises in another way; longer ones are not judged. */
export const SHORTEST_LANES = 8;
export const LONGEST_LANES = 2 ** 16;

/** Gas of a piece, and of a number in each of the passes. */
export const LAYER_LANE_GAS = { lanes: 60_000, sum: 3_000, square: 4_500 };

type Attributes = (row: { readonly attributes: readonly number[] }) => { readonly axis: number; readonly epsilon: number };

/**
 * Twin of contracts/ops/LayerNormalizationLanes.sol. Positions are the numbers of the row, first for their sum, then for that of the
 * squares; the state is the lanes of both.
 */
export function layerNormalizationLanes(of: Attributes): Twin {
  const axesOf = (node: Node): number[] => node.output.dims.flatMap((_, a) => (a < of(node).axis ? [] : [a]));
  const length = (node: Node): number => sizeOf(node.inputs[0]!.dims.slice(of(node).axis));
  return reductionTwin<{ moments: Moments; own: number; coords: readonly number[] }>({
    words: () => 3,
    length: (node) => 2 * length(node),
    bytes: () => 4,
    fullest: () => 0,
    work(node, element, x, range) {
      const axes = axesOf(node);
      const [first, second] = [0, 1].map((pass) => inPass(pass, length(node), range));
      const row = rowOf(node, element, input(x, 0), axes);
      for (const part of [first, second]) numbersOf(row, part);
      const { lanes, sum, square } = LAYER_LANE_GAS;
      return { ...readingOf(node, axes, [first, second]), gas: lanes + sum * (first.until - first.from) + square * (second.until - second.from) };
    },
    reduce(node, element, x, range, state) {
      if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
      requireSchedule(LAYER_LANES, node);
      const n = length(node);
      requireAtMost(LONGEST_LANES, n);
      const row = rowOf(node, element, input(x, 0), axesOf(node));
      const [first, second] = [0, 1].map((pass) => inPass(pass, n, range));
      const moments = { sum: unpack64(state[1]), squares: unpack32(state[2], 8) };
      addNumbers(moments, numbersOf(row, first), first.from, n);
      addSquares(moments, numbersOf(row, second), second.from, n);
      [state[1], state[2]] = [pack64(moments.sum), pack32(moments.squares)];
      return { moments, own: floatOf(row.own), coords: unravel(element, node.output.dims) };
    },
    conclude(node, x, { moments, own, coords }, _state, claimed) {
      const parameter = (reader: TensorReader): number => floatOf(reader.u32(broadcastOffset(coords, reader.tensor)));
      const b = x[2] && parameter(x[2]);
      const value = normalise(moments, length(node), floatOf(of(node).epsilon), own, parameter(input(x, 1)), b);
      return sameFloatBits(bitsOf(value), Number(claimed));
    },
  });
}

export function replayLayerNormalization(of: Attributes): Replay {
  return (mapped, [x, g, b]) => {
    const { axis, epsilon } = of(mapped);
    const n = sizeOf(mapped.inputs[0]!.dims.slice(axis));
    const output = new Float32Array(x!.length);
    for (let start = 0; start < output.length; start += n) {
      const moments = { sum: new Float64Array(4), squares: new Float32Array(8) };
      const bits = Array.from(x!.subarray(start, start + n), bitsOf);
      addNumbers(moments, bits, 0, n);
      addSquares(moments, bits, 0, n);
      for (let i = 0; i < n; i++) output[start + i] = normalise(moments, n, floatOf(epsilon), x![start + i], g![i], b?.[i]);
    }
    return output;
  };
}
