import { ParamType } from "ethers";
import type { FunctionFragment } from "ethers";
import { fromHex, toHex, utf8 } from "./bytes.ts";
import type { Hex } from "./hex.ts";

const WORD = 32;

/**
 * The contract ABI's encoding of some values: a tuple as a list of its members or by their names, bytes as hex or as they are.
 * Rationale: the bytes are written where they belong, once. ethers' coder takes them apart into strings and numbers, one by
 * one, which made it the dearest part of a proof.
 */
export function encodeAbi(types: readonly (ParamType | string)[], values: readonly unknown[]): Hex {
  const out = new Words(0);
  out.tuple(types.map(parsed), values);
  return out.hex();
}

/** The data of a call of a contract's function. */
export function encodeCall(called: FunctionFragment, values: readonly unknown[]): Hex {
  const out = new Words(4);
  out.selector(called.selector);
  out.tuple(called.inputs, values);
  return out.hex();
}

const known = new Map<string, ParamType>();

function parsed(type: ParamType | string): ParamType {
  if (typeof type !== "string") return type;
  const found = known.get(type) ?? ParamType.from(type);
  known.set(type, found);
  return found;
}

/** Words that a type takes where it stands; undefined of one that stands elsewhere, and leaves an offset there. */
function wordsOf(type: ParamType): number | undefined {
  if (type.baseType === "tuple") return sum(type.components!.map(wordsOf));
  if (type.baseType !== "array") return type.type === "bytes" || type.type === "string" ? undefined : 1;
  const each = wordsOf(type.arrayChildren!);
  return type.arrayLength === -1 || each === undefined ? undefined : type.arrayLength! * each;
}

const sum = (counts: readonly (number | undefined)[]): number | undefined =>
  counts.reduce((total, count) => (total === undefined || count === undefined ? undefined : total + count), 0);

const membersOf = ({ components }: ParamType, value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : components!.map(({ name }) => (value as Record<string, unknown>)[name]);

const bytesOf = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw new TypeError(`${String(value)} are no bytes`);
  return fromHex(value);
};

class Words {
  #bytes: Uint8Array;
  #end: number;

  constructor(start: number) {
    this.#bytes = new Uint8Array(4096);
    this.#end = start;
  }

  hex(): Hex {
    return toHex(this.#bytes.subarray(0, this.#end));
  }

  selector(selector: string): void {
    this.#bytes.set(fromHex(selector));
  }

  tuple(types: readonly ParamType[], values: readonly unknown[]): void {
    if (types.length !== values.length) throw new TypeError(`${values.length} values for ${types.length} of the ABI`);
    const start = this.#reserve(types.reduce((n, type) => n + (wordsOf(type) ?? 1), 0));
    this.#members(types, values, start, start);
  }

  /** Values one after the other from `at` on; offsets are counted from `start`. */
  #members(types: readonly ParamType[], values: readonly unknown[], at: number, start: number): void {
    for (const [i, type] of types.entries()) {
      const words = wordsOf(type);
      if (words === undefined) {
        this.#number(this.#end - start, at, 256);
        this.#elsewhere(type, values[i]);
      } else this.#here(type, values[i], at);
      at += WORD * (words ?? 1);
    }
  }

  #here(type: ParamType, value: unknown, at: number): void {
    if (type.baseType === "tuple") return this.#members(type.components!, membersOf(type, value), at, at);
    if (type.baseType === "array") return this.#members((value as unknown[]).map(() => type.arrayChildren!), value as unknown[], at, at);
    const size = Number(/\d+$/.exec(type.type)?.[0] ?? NaN);
    if (type.type.startsWith("uint")) return this.#number(value as number | bigint, at, size);
    if (type.type === "bool") return this.#number(value === true ? 1 : 0, at, 1);
    const bytes = bytesOf(value);
    const [length, offset] = type.type === "address" ? [20, 12] : [size, 0];
    if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes for ${type.type}`);
    this.#bytes.set(bytes, at + offset);
  }

  #elsewhere(type: ParamType, value: unknown): void {
    if (type.baseType === "tuple") return this.tuple(type.components!, membersOf(type, value));
    if (type.baseType === "array") {
      const values = value as readonly unknown[];
      if (type.arrayLength === -1) this.#number(values.length, this.#reserve(1), 256);
      return this.tuple(values.map(() => type.arrayChildren!), values);
    }
    const bytes = type.type === "string" ? utf8(value as string) : bytesOf(value);
    this.#number(bytes.length, this.#reserve(1), 256);
    const at = this.#reserve(Math.ceil(bytes.length / WORD));
    this.#bytes.set(bytes, at);
  }

  #number(value: number | bigint, at: number, bits: number): void {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 2 ** Math.min(bits, 48)) {
      for (let i = at + WORD - 1, rest = value; rest > 0; i--, rest = Math.floor(rest / 256)) this.#bytes[i] = rest % 256;
      return;
    }
    const big = BigInt(value);
    if (big < 0n || big >> BigInt(bits) !== 0n) throw new RangeError(`${value} is no uint${bits}`);
    this.#bytes.set(fromHex(`0x${big.toString(16).padStart(64, "0")}`), at);
  }

  /** Zeros at the end, and where they begin. */
  #reserve(words: number): number {
    const at = this.#end;
    this.#end += WORD * words;
    if (this.#end > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}
