import type { Attribute, ModelTensor } from "../onnxModel.ts";
import type { Random } from "../random.ts";

/** Draws nodes on which lowerings are tried. */

export interface Node {
  readonly inputs: readonly (ModelTensor | null)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Nodes of one operator, on which what is written in its place is run beside it. */
export interface Cases {
  readonly since?: number;
  readonly until?: number;
  /** Largest distance from the runtime's own operator, of the size of its number or 1, on numbers as networks have them. */
  readonly within: number;
  /** A factor of numbers that are large: where they are added in another order, a sum of some may overflow in one alone. */
  readonly room?: number;
  /** Of products even the order of ordinary factors decides what overflows: nothing is drawn that does. */
  readonly isOrdered?: true;
  readonly taken: (random: Random, opset: number) => Node;
  /** Nodes that it leaves as they are. */
  readonly left?: Readonly<Record<string, Node & { readonly opset: number }>>;
}

export const int = (value: number): Attribute => ({ int: value });
export const real = (value: number): Attribute => ({ float: value });
export const ints = (...values: number[]): Attribute => ({ ints: values });
export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
export const bytesOf = (values: ArrayLike<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const x = (...dims: number[]): ModelTensor => ({ dtype: 1, dims });
export const drawn = (dims: readonly number[], draw: () => number): ModelTensor => ({ dtype: 1, dims, raw: bytesOf(Array.from({ length: sizeOf(dims) }, draw)) });
export const wide = (...values: number[]): ModelTensor => ({ dtype: 7, dims: [values.length], raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });
export const shape = (random: Random, rank: number, longest = 9): number[] => Array.from({ length: rank }, () => random.int(1, longest));
export const anyShape = (random: Random): number[] => shape(random, random.int(1, 4), 7);
export const some = <T>(random: Random, value: T): T | undefined => (random.int(0, 1) === 0 ? undefined : value);
export const stated = (attributes: Readonly<Record<string, Attribute | undefined>>): Record<string, Attribute> =>
  Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** A parameter, constant or computed. */
export const parameter = (random: Random, dims: readonly number[], isPositive = false): ModelTensor =>
  random.int(0, 3) === 0 && !isPositive ? x(...dims) : drawn(dims, () => (isPositive ? 0.1 + random.unit() : random.normal()));
