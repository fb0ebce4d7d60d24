import { DTypeUnsupported } from "../../math/element.ts";
import { bitsOf, floatOf, sameFloatBits } from "../../math/float32.ts";
import { LONGEST_MEAN, LengthNotJudged, requireAtMost } from "../../math/length.ts";
import type { Node, Schedule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { alongAxes, readRegion } from "../accumulation/region.ts";
import type { Replay, Twin } from "../descriptor.ts";
import { input } from "../operands.ts";
import { reductionTwin, type Range } from "../reduction.ts";
import type { Inputs } from "../twin.ts";
import { closeWith, pack32, requireSchedule, unpack32 } from "./lanes.ts";
import { readingOf, rowsOf } from "./row.ts";

const round = Math.fround;

/** The orders in which the numbers of a mean are added: vectors, four lanes, one by one, in groups. */
export const MEAN_LANES: readonly Schedule[] = [
  { chunk: 8, flags: 0 },
  { chunk: 4, flags: 0 },
  { chunk: 1, flags: 0 },
  { chunk: 1, flags: 1 },
];

/** Eight lanes, of which the first are used; the numbers before the first whole vector; and what is closed. */
interface Sum {
  readonly lanes: Float32Array;
  readonly head: Float32Array;
  total: number;
}

const fours = (l: Float32Array): number => round(round(l[0] + l[2]) + round(l[1] + l[3]));
const folded = (l: Float32Array): Float32Array => Float32Array.from({ length: 8 }, (_, j) => (j < 4 ? l[j] + l[j + 4] : 0));

/** Σ so far: the total, or what stands in the lanes and before them. */
const totalOf = ({ lanes, head, total }: Sum): number => round(total + head.reduce((sum, x) => round(sum + x), fours(folded(lanes))));

/** Where the numbers stand in memory: in blocks of so many, of which those of an element begin at these places. */
interface Blocks {
  readonly size: number;
  readonly first: number;
  readonly stride: number;
}

/** What an order does with number i of n. */
type Order = (sum: Sum, x: number, i: number, n: number, blocks: Blocks) => void;

/**
 * Block for block: two vectors of four, which begin at a boundary of 16 bytes; then one more, if it is there, then what was before,
 * then the rest.
 */
const vectors: Order = (sum, x, i, _n, { size, first, stride }) => {
  const { lanes, head } = sum;
  const begin = first + Math.floor(i / size) * stride;
  const skipped = Math.min(size, (4 - (begin % 4)) % 4);
  const [pairs, whole] = [8, 4].map((count) => size - skipped - ((size - skipped) % count));
  const k = i % size;
  const j = k - skipped;
  if (whole === 0) lanes[0] += x;
  else if (j < 0) head[k] = x;
  else if (j < pairs) lanes[j % 8] += x;
  else {
    if (j === pairs) lanes.set(folded(lanes));
    if (j === whole) {
      closeWith(lanes, head.reduce((sum, each) => round(sum + each), fours(folded(lanes))));
      head.fill(0);
    }
    lanes[j < whole ? j % 4 : 0] += x;
  }
  if (k < size - 1) return;
  sum.total = totalOf(sum);
  lanes.fill(0);
  head.fill(0);
};

/** Four lanes, and what is left over after the lanes were added. */
const fourLanes: Order = ({ lanes }, x, i, n) => {
  const rest = n - (n % 4);
  if (i === rest) closeWith(lanes, fours(lanes));
  lanes[i < rest ? i % 4 : 0] += x;
};

const oneByOne: Order = ({ lanes }, x) => {
  lanes[0] += x;
};

/** Fours, then two, then one, each added among themselves, in the first lane, and then to the total. */
const groups: Order = (sum, x, i, n) => {
  const rest = n - (n % 4);
  const [start, size] = i < rest ? [i - (i % 4), 4] : n - rest >= 2 && i < rest + 2 ? [rest, 2] : [n - 1, 1];
  sum.lanes[0] += x;
  if (i < start + size - 1) return;
  sum.total = round(sum.total + sum.lanes[0]);
  sum.lanes[0] = 0;
};

const orderOf = ({ chunk, flags }: Schedule): Order => (chunk === 8 ? vectors : chunk === 4 ? fourLanes : flags === 0 ? oneByOne : groups);

/** Numbers i, i + 1 … of n enter the sum. */
function addInOrder(schedule: Schedule, sum: Sum, x: readonly number[], i: number, n: number, blocks: Blocks): void {
  const order = orderOf(schedule);
  for (const bits of x) order(sum, floatOf(bits), i++, n, blocks);
}

/** The numbers of an element of a mean over these axes of a tensor of this shape: the last axes are the blocks. */
function blocksOf(element: number, dims: readonly number[], axes: readonly number[]): Blocks {
  let last = dims.length;
  while (last > 0 && axes.includes(last - 1)) last--;
  const size = sizeOf(dims.slice(last));
  return { size, first: element * size, stride: (sizeOf(dims) / sizeOf(axes.map((a) => dims[a]))) * size };
}

/** Σ / n. */
const meanOf = (sum: Sum, n: number): number => round(totalOf(sum) / n);

/** Gas of a piece, of a number, and of a block of which the lanes are added. */
export const MEAN_LANE_GAS = { lanes: 45_000, added: 4_300, closed: 11_500 };

type AxesOf = (row: { readonly attributes: readonly number[] }) => readonly number[];

/** Twin of contracts/ops/MeanLanes.sol. Positions are elements in row-major order of the reduced axes. */
export function meanLanes(axesOf: AxesOf): Twin {
  const length = (node: Node): number => sizeOf(axesOf(node).map((a) => node.inputs[0]!.dims[a]));
  const numbers = (node: Node, element: number, inputs: Inputs, { from, until }: Range): number[] => {
    const x = input(inputs, 0);
    return readRegion(alongAxes(node, element, x, axesOf(node)), (offset) => x.u32(offset), from, until);
  };
  return reductionTwin<Sum>({
    words: () => 3,
    length,
    bytes: () => 4,
    fullest: () => 0,
    work(node, element, x, range) {
      const count = numbers(node, element, x, range).length;
      const { size } = blocksOf(element, node.inputs[0]!.dims, axesOf(node));
      const closed = orderOf(node) === vectors ? Math.ceil(range.until / size) - Math.floor(range.from / size) : 0;
      const { lanes, added } = MEAN_LANE_GAS;
      return { ...readingOf(node, axesOf(node), [range]), gas: lanes + added * count + MEAN_LANE_GAS.closed * closed };
    },
    reduce(node, element, x, range, state) {
      if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
      requireSchedule(MEAN_LANES, node);
      const n = length(node);
      if (n === 0) throw new LengthNotJudged(0, LONGEST_MEAN);
      requireAtMost(LONGEST_MEAN, n);
      const [total, ...head] = unpack32(state[2], 4);
      const sum = { lanes: unpack32(state[1], 8), head: Float32Array.from(head), total };
      addInOrder(node, sum, numbers(node, element, x, range), range.from, n, blocksOf(element, node.inputs[0]!.dims, axesOf(node)));
      [state[1], state[2]] = [pack32(sum.lanes), pack32([sum.total, ...sum.head])];
      return sum;
    },
    conclude: (node, _x, sum, _state, claimed) => sameFloatBits(bitsOf(meanOf(sum, length(node))), Number(claimed)),
  });
}

export function replayMean(axesOf: AxesOf): Replay {
  return (mapped, [x], schedule) => {
    const { groups, count, size } = rowsOf(mapped, axesOf(mapped));
    const rows = Array.from({ length: count }, () => new Array<number>());
    groups.forEach((group, i) => rows[group].push(bitsOf(x![i])));
    return Float32Array.from(rows, (bits, element) => {
      const sum = { lanes: new Float32Array(8), head: new Float32Array(3), total: 0 };
      addInOrder(schedule, sum, bits, 0, size, blocksOf(element, mapped.inputs[0]!.dims, axesOf(mapped)));
      return meanOf(sum, size);
    });
  };
}
