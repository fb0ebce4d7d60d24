import { isCanonical } from "../tensor/canonical.ts";
import { LEAF } from "../merkle/tensorTree.ts";
import { operatorOf } from "../operators/index.ts";
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

/** The search's input. */
export interface Track {
  readonly program: Program;
  /** The known part of the operator's tensor, and the challenger's own value of it in commit order. */
  readonly claim: (id: number) => Claim;
  readonly own: (id: number) => Uint8Array;
  readonly constant: (root: string) => OpenTree;
  readonly twin: OpTwin;
  /** Asks for leaves of a tensor. Returns false when no more can be asked for. */
  readonly want: (id: number, leaves: readonly number[]) => boolean;
  readonly breathe: () => Promise<void>;
}

/** An element that may be wrong, or that a wrong element before it may have changed. */
interface Suspect {
  readonly node: number;
  readonly element: number;
  readonly weight: number;
  /** The deviation that led to this element. */
  readonly lead: number;
}

/** The search follows so many inputs of an element, those that deviate most. */
const FOLLOWED = 64;
/** The search looks behind unknown leaves if they are at most so many. */
const FEW_LEAVES = 8;
/** The most elements that one search reads; this bounds its time. */
const READS = 2_000_000;
/** Weight of an element with an unknown value, in proportion to the element that reads it. So all known ones come first. */
const UNKNOWN = 2 ** -40;
/** No place is spent on an element that deviates by less than this part of the largest deviation. */
const FAINT = 2 ** -10;

/**
 * Searches backwards from the outputs, from each element to the elements that it reads. The largest deviations from the
 * challenger's own run come first. It judges every element whose inputs are known, and returns the first inadmissible
 * one. Otherwise it has asked `want` for the leaves that it needs to go on, the most helpful first.
 *
 * But for those that an index steers, which is asked for first, an element reads the same leaves whatever their values are. So it
 * asks for the leaves behind several nodes at once, as long as they are few.
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
    // An output that was submitted by its root may be withheld.
    const unknown = leavesOf(track.own(id)).filter((leaf) => !track.claim(id).has(leaf));
    if (unknown.length > 0 && !track.want(id, unknown)) return undefined;
    const { output } = program.nodes[node];
    for (const { offset, weight } of deviations(output, track.claim(id), track.own(id))) follow(output, offset, weight);
  }

  let reads = 0;
  /** The greatest deviation for which leaves were asked for. */
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
    const noted = node.inputs.map((tensor) => tensor && new NotingReader(readerOf(track, tensor)));
    const admissible = track.twin(node, element, bits, noted);
    const steering = noted[operatorOf(node.opcode).steers ?? noted.length];
    // What an unknown index steers is read elsewhere, for all that is known.
    const readers = steering === undefined || isKnownTo(track, steering) ? noted : [steering];

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
        // The input that explains the element best weighs almost as much as the element; one that deviates more weighs more.
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

/** Whether the operator's values of all elements that were read are known. */
function isKnownTo({ claim }: Track, { tensor, offsets }: NotingReader): boolean {
  if (tensor.source.kind !== "computed") return true;
  const { has } = claim(tensor.source.id);
  return [...offsets].every((at) => has(leafOf(tensor, at)));
}

const leavesOf = (data: Uint8Array): number[] => [...Array(Math.ceil(data.length / LEAF)).keys()];

const leafOf = (tensor: Tensor, offset: number): number => Math.floor((offset * widthOf(tensor.dtype)) / LEAF);

const readerOf = (track: Track, tensor: Tensor): TensorReader =>
  new BytesReader(tensor, tensor.source.kind === "computed" ? track.claim(tensor.source.id).data : track.constant(tensor.source.root).data);

/** Deviations of known values from the challenger's own, in proportion to the tensor's greatest number; the largest first. */
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

/** One element of every leaf, if the leaves are few; else none. */
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

/** Gives the heaviest suspect first; of equals, the one that came first. */
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
