import { isCanonical } from "../tensor/canonical.ts";
import { LEAF } from "../merkle/tensorTree.ts";
import type { OpTwin } from "../operators/twin.ts";
import { outputId } from "../program/program.ts";
import { BytesReader, type TensorReader } from "../tensor/reader.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import { commitOffset } from "../tensor/shape.ts";
import type { Program } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Claim } from "./claims.ts";
import { elementAt } from "./elements.ts";
import type { OpenTree } from "./proof.ts";

/** What the search needs to know. */
export interface Track {
  readonly program: Program;
  /** What is known of the operator's tensor, and one's own value of it in commit order. */
  readonly claim: (id: number) => Claim;
  readonly own: (id: number) => Uint8Array;
  readonly constant: (root: string) => OpenTree;
  readonly twin: OpTwin;
  /** Leaves of a tensor that are wanted; false when no more can be. */
  readonly want: (id: number, leaves: readonly number[]) => boolean;
  readonly breathe: () => Promise<void>;
}

/** An element that may be wrong, or have been made wrong by one before it. */
interface Suspect {
  readonly node: number;
  readonly element: number;
  readonly weight: number;
  /** Deviation that led here. */
  readonly lead: number;
}

/** Elements followed from one: those that deviate most. */
const FOLLOWED = 64;
/** Leaves of which nothing is known are looked behind as long as they are as few as this. */
const FEW_LEAVES = 8;
/** Elements that are read in one search: what bounds its time. */
const READS = 2_000_000;
/** Weight of an element whose value is not known, against that which reads it: all known ones come first. */
const UNKNOWN = 2 ** -40;
/** A place is not spent on what deviates by less than this part of what deviates most. */
const FAINT = 2 ** -10;

/**
 * Searches from the outputs backwards along what an element reads, the largest deviations from one's own run first, and
 * judges every element whose inputs are known. Returns the first one that is inadmissible; else what is wanted to go on,
 * in the order in which it helps most, has been told to `want`.
 *
 * Which leaves an element reads does not depend on values that are not known. So the leaves behind several nodes are
 * wanted at once, as long as they are few.
 */
export async function trackBack(track: Track): Promise<{ node: number; element: number } | undefined> {
  const { program } = track;
  const makers = new Map(program.nodes.map((node, index) => [outputId(node), index]));
  const queue = new Queue();
  const seen = new Set<string>();
  const follow = (tensor: Tensor, offset: number, weight: number, lead = weight): void => {
    const node = tensor.source.kind === "computed" ? makers.get(tensor.source.id) : undefined;
    if (node === undefined) return;
    const key = `${node}:${offset}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ node, element: elementAt(tensor, offset), weight, lead });
  };
  for (const { id } of program.outputs) {
    const node = makers.get(id);
    if (node === undefined) continue;
    const { output } = program.nodes[node];
    for (const { offset, weight } of deviations(output, track.claim(id), track.own(id))) follow(output, offset, weight);
  }

  let reads = 0;
  /** The greatest deviation for which something is wanted. */
  let wanted = 0;
  for (let next = queue.pop(); next !== undefined && reads < READS; next = queue.pop()) {
    await track.breathe();
    const { node: index, element, weight, lead } = next;
    if (lead < FAINT * wanted) continue;
    const node = program.nodes[index];
    const output = track.claim(outputId(node));
    const offset = commitOffset(node.output, element);
    const isKnown = output.has(leafOf(node.output, offset));
    const bits = new BytesReader(node.output, output.data).bits(offset);
    if (isKnown && !isCanonical(node.output.dtype, bits)) return { node: index, element };
    const readers = node.inputs.map((tensor) => tensor && new NotingReader(readerOf(track, tensor)));
    const admissible = track.twin(node, element, bits, readers);

    let whole = true;
    for (const reader of readers) {
      if (reader === undefined) continue;
      reads += reader.offsets.size;
      const { source } = reader.tensor;
      if (source.kind !== "computed") continue;
      const claim = track.claim(source.id);
      const missing = new Set([...reader.offsets].map((at) => leafOf(reader.tensor, at)).filter((leaf) => !claim.has(leaf)));
      if (missing.size === 0) continue;
      whole = false;
      wanted = Math.max(wanted, lead);
      if (!track.want(source.id, [...missing].sort((a, b) => a - b))) return undefined;
    }
    if (whole && isKnown && !admissible) return { node: index, element };

    for (const reader of readers) {
      if (reader?.tensor.source.kind !== "computed") continue;
      const { id } = reader.tensor.source;
      const claim = track.claim(id);
      const known = deviations(reader.tensor, claim, track.own(id), reader.offsets).slice(0, FOLLOWED);
      for (const { offset: at, weight: deviation } of known) {
        // What explains the element best is worth as much as the element; what deviates more by itself is worth more.
        const share = whole ? 0.9 * weight * (deviation / known[0].weight) : 0;
        follow(reader.tensor, at, Math.max(deviation, share));
      }
      const unknown = [...reader.offsets].filter((at) => !claim.has(leafOf(reader.tensor, at)));
      for (const at of unknown.length <= FOLLOWED ? unknown : sample(reader.tensor, unknown)) {
        follow(reader.tensor, at, weight * UNKNOWN, lead);
      }
    }
  }
  return undefined;
}

const leafOf = (tensor: Tensor, offset: number): number => Math.floor((offset * widthOf(tensor.dtype)) / LEAF);

const readerOf = (track: Track, tensor: Tensor): TensorReader =>
  new BytesReader(tensor, tensor.source.kind === "computed" ? track.claim(tensor.source.id).data : track.constant(tensor.source.root).data);

/** Where known values deviate from one's own, in proportion to the tensor's greatest; the largest first. */
function deviations(tensor: Tensor, claim: Claim, own: Uint8Array, offsets?: Iterable<number>): { offset: number; weight: number }[] {
  const width = widthOf(tensor.dtype);
  const [theirs, mine] = [new BytesReader(tensor, claim.data), new BytesReader(tensor, own)];
  let scale = 0;
  const found: { offset: number; weight: number }[] = [];
  const all = offsets ?? Array(own.length / width).keys();
  for (const offset of all) {
    const b = numberOf(tensor.dtype, mine.bits(offset));
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
    if (!claim.has(leafOf(tensor, offset))) continue;
    const bits = theirs.bits(offset);
    if (bits === mine.bits(offset)) continue;
    const distance = Math.abs(numberOf(tensor.dtype, bits) - b);
    found.push({ offset, weight: Number.isFinite(distance) ? distance : Number.MAX_VALUE });
  }
  const unit = Math.max(scale, Number.MIN_VALUE);
  return found
    .map(({ offset, weight }) => ({ offset, weight: Math.max(Number.MIN_VALUE, Math.min(weight / unit, Number.MAX_VALUE)) }))
    .sort((a, b) => b.weight - a.weight || a.offset - b.offset);
}

const scratch = new DataView(new ArrayBuffer(8));

function numberOf(dtype: DType, bits: bigint): number {
  if (dtype === DType.float32) {
    scratch.setUint32(0, Number(bits));
    return scratch.getFloat32(0);
  }
  if (dtype === DType.float64) {
    scratch.setBigUint64(0, bits);
    return scratch.getFloat64(0);
  }
  const signed: readonly DType[] = [DType.int8, DType.int16, DType.int32, DType.int64];
  return Number(signed.includes(dtype) ? BigInt.asIntN(8 * widthOf(dtype), bits) : bits);
}

/** One of every leaf, where they are few. */
function sample(tensor: Tensor, offsets: readonly number[]): number[] {
  const first = new Map<number, number>();
  for (const offset of offsets) {
    const leaf = leafOf(tensor, offset);
    if (!first.has(leaf)) first.set(leaf, offset);
  }
  return first.size <= FEW_LEAVES ? [...first.values()] : [];
}

/** Notes the elements that a judgement reads. */
class NotingReader implements TensorReader {
  readonly offsets = new Set<number>();
  readonly #reader: TensorReader;

  constructor(reader: TensorReader) {
    this.#reader = reader;
  }

  get tensor(): Tensor {
    return this.#reader.tensor;
  }

  bits(offset: number): bigint {
    this.offsets.add(offset);
    return this.#reader.bits(offset);
  }

  u32(offset: number): number {
    this.offsets.add(offset);
    return this.#reader.u32(offset);
  }
}

/** The heaviest first; of equals the one that came first. */
class Queue {
  readonly #heap: (Suspect & { order: number })[] = [];
  #count = 0;

  push(suspect: Suspect): void {
    const heap = this.#heap;
    heap.push({ ...suspect, order: this.#count++ });
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i], heap[parent])) break;
      [heap[i], heap[parent]] = [heap[parent], heap[i]];
      i = parent;
    }
  }

  pop(): Suspect | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && before(heap[child], heap[least])) least = child;
      if (least === i) return top;
      [heap[i], heap[least]] = [heap[least], heap[i]];
      i = least;
    }
  }
}

const before = (a: { weight: number; order: number }, b: { weight: number; order: number }): boolean =>
  a.weight > b.weight || (a.weight === b.weight && a.order < b.order);
