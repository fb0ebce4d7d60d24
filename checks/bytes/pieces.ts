/** Bytes taken apart: every byte belongs to one piece, and every piece says what it is. */
import type { ParamType } from "ethers";

export interface Piece {
  /** First byte, counted from where the whole begins. */
  readonly at: number;
  readonly size: number;
  readonly field: string;
  readonly says: string;
}

/** Takes the bytes of one field apart, which begin at `at`. */
export type Reader = (bytes: Uint8Array, at: number, field: string) => Piece[];

/** Readers by the name of the field, and what is said of any other word. */
export interface Meaning {
  readonly fields: Readonly<Record<string, Reader>>;
  readonly word: (type: string, word: Uint8Array) => string;
}

const WORD = 32;

export const numberIn = (bytes: Uint8Array): bigint => bytes.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);

/** Fields of a fixed size, one after the other. */
export class Cursor {
  readonly pieces: Piece[] = [];
  readonly #bytes: Uint8Array;
  readonly #start: number;
  #at = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  /** The next field, and what `says` makes of it. */
  take(size: number, field: string, says: (bytes: Uint8Array) => string = (bytes) => String(numberIn(bytes))): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + size);
    if (bytes.length !== size) throw new RangeError(`${field} ends behind the bytes`);
    this.pieces.push({ at: this.#start + this.#at, size, field, says: says(bytes) });
    this.#at += size;
    return bytes;
  }

  /** The same as a number. */
  number(size: number, field: string, says?: (value: number) => string): number {
    return Number(numberIn(this.take(size, field, says && ((bytes) => says(Number(numberIn(bytes)))))));
  }

  done(): Piece[] {
    if (this.#at !== this.#bytes.length) throw new RangeError(`${this.#bytes.length - this.#at} bytes are left over`);
    return this.pieces;
  }
}

function isDynamic(type: ParamType): boolean {
  if (type.isTuple()) return type.components.some(isDynamic);
  if (type.isArray()) return type.arrayLength === -1 || isDynamic(type.arrayChildren);
  return ["bytes", "string"].includes(type.type);
}

function headSize(type: ParamType): number {
  if (isDynamic(type)) return WORD;
  if (type.isTuple()) return type.components.reduce((sum, each) => sum + headSize(each), 0);
  return type.isArray() ? type.arrayLength * headSize(type.arrayChildren) : WORD;
}

/** Values that the ABI encodes side by side from `base` on. */
export function abiPieces(types: readonly ParamType[], data: Uint8Array, base: number, meaning: Meaning, path = ""): Piece[] {
  let head = base;
  return types.flatMap((type, i) => {
    const field = `${path}${type.name || i}`;
    const here = head;
    head += headSize(type);
    if (!isDynamic(type)) return valuePieces(type, data, here, meaning, field);
    const offset = Number(numberIn(data.subarray(here, here + WORD)));
    const place: Piece = { at: here, size: WORD, field, says: `stands ${offset} bytes on from ${base === 0 ? "the first" : `byte ${base}`}` };
    return [place, ...valuePieces(type, data, base + offset, meaning, field)];
  });
}

function valuePieces(type: ParamType, data: Uint8Array, at: number, meaning: Meaning, field: string): Piece[] {
  if (type.isTuple()) return abiPieces(type.components, data, at, meaning, `${field}.`);
  if (type.isArray()) {
    const count = type.arrayLength === -1 ? Number(numberIn(data.subarray(at, at + WORD))) : type.arrayLength;
    const length: Piece[] = type.arrayLength === -1 ? [{ at, size: WORD, field, says: `${count} of them` }] : [];
    // Items have no name: they are told by their number.
    const items = Array.from({ length: count }, () => type.arrayChildren);
    return [...length, ...abiPieces(items, data, at + WORD * length.length, meaning, `${field}.`)];
  }
  if (["bytes", "string"].includes(type.type)) return contentPieces(data, at, meaning, field, type.name);
  const word = data.subarray(at, at + WORD);
  const read = meaning.fields[type.name];
  return read === undefined ? [{ at, size: WORD, field, says: meaning.word(type.type, word) }] : read(word, at, field);
}

/** Bytes behind their length, filled up to whole words. */
function contentPieces(data: Uint8Array, at: number, meaning: Meaning, field: string, name: string): Piece[] {
  const size = Number(numberIn(data.subarray(at, at + WORD)));
  const [start, end] = [at + WORD, at + WORD + size];
  const padding = (WORD - (size % WORD)) % WORD;
  const plain: Reader = (bytes, from) => [{ at: from, size: bytes.length, field, says: "" }];
  return [
    { at, size: WORD, field, says: `${size} bytes` },
    ...(size === 0 ? [] : (meaning.fields[name] ?? plain)(data.subarray(start, end), start, field)),
    ...(padding === 0 ? [] : [{ at: end, size: padding, field, says: "filled up" }]),
  ];
}

/** The pieces as lines, in the order of the bytes; throws where a byte belongs to none or to two. */
export function lines(data: Uint8Array, pieces: readonly Piece[]): string {
  let next = 0;
  const rows: string[] = [];
  for (const { at, size, field, says } of [...pieces].sort((a, b) => a.at - b.at)) {
    if (at !== next) throw new Error(`${field} begins at byte ${at}, and what is before it ends at ${next}`);
    next += size;
    for (let from = at; from < next; from += WORD) {
      const hex = Buffer.from(data.subarray(from, Math.min(next, from + WORD))).toString("hex");
      const told = from === at ? `${field}${says === "" ? "" : `: ${says}`}` : "";
      rows.push(`${String(from).padStart(4)}  ${hex.padEnd(2 * WORD)}  ${told}`.trimEnd());
    }
  }
  if (next !== data.length) throw new Error(`${data.length - next} bytes belong to nothing`);
  return rows.join("\n");
}
