import type { Window } from "../tensor/geometry.ts";

/** What stands under one name in a row's attributes, which are 32-bit integers in a fixed order. */
export interface Field<T> {
  /** What docs/protocol.md §1.4 calls its numbers, given its own name. */
  readonly labels: (name: string) => readonly string[];
  /** Whether it takes all numbers that the fields before it leave; else it takes one. */
  readonly takesRest: boolean;
  readonly encode: (value: T) => readonly number[];
  readonly decode: (numbers: readonly number[]) => T;
}

const itself = (name: string): string[] => [name];

export const integer: Field<number> = { labels: itself, takesRest: false, encode: (value) => [value], decode: ([value]) => value };

export const flag: Field<boolean> = { labels: itself, takesRest: false, encode: (value) => [Number(value)], decode: ([value]) => value !== 0 };

/** A float32 as its bits: what a NaN's say is not lost. */
export const floatBits: Field<number> = { labels: itself, takesRest: false, encode: (bits) => [bits | 0], decode: ([bits]) => bits >>> 0 };

export const integers: Field<readonly number[]> = {
  labels: (name) => [`${name}…`],
  takesRest: true,
  encode: (values) => values,
  decode: (numbers) => numbers,
};

/** A window over as many axes as its five lists have entries. */
export const window: Field<Window> = {
  labels: () => ["kernel…", "strides…", "padsBegin…", "padsEnd…", "dilations…"],
  takesRest: true,
  encode: ({ kernel, strides, begins, ends, dilations }) => [...kernel, ...strides, ...begins, ...ends, ...dilations],
  decode(numbers) {
    const axes = numbers.length / 5;
    if (!Number.isInteger(axes)) throw new RangeError(`${numbers.length} attributes are no window: it has five lists of one length`);
    const list = (i: number): readonly number[] => numbers.slice(i * axes, (i + 1) * axes);
    return { kernel: list(0), strides: list(1), begins: list(2), ends: list(3), dilations: list(4) };
  },
};

/** The field with a remark behind its labels. */
export const remarked = <T>(field: Field<T>, remark: string): Field<T> => ({
  ...field,
  labels: (name) => field.labels(name).map((label, i, all) => (i === all.length - 1 ? `${label} (${remark})` : label)),
});

/** The attributes of an operator by their names: nobody else knows their places. */
export interface RowAttributes<T> {
  readonly labels: readonly string[];
  encode(values: T): number[];
  of(row: { readonly attributes: readonly number[] }): T;
}

/** Attributes in the order of the fields; one that takes the rest is the last. */
export function rowAttributes<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): RowAttributes<T> {
  const entries = Object.entries(fields) as [string & keyof T, Field<unknown>][];
  // Rationale: a row's attributes are asked for once for every element that is judged.
  const known = new WeakMap<readonly number[], T>();
  const decode = (numbers: readonly number[]): T =>
    Object.fromEntries(entries.map(([name, field], i) => [name, field.decode(numbers.slice(i, field.takesRest ? undefined : i + 1))])) as T;
  return {
    labels: entries.flatMap(([name, { labels }]) => labels(name)),
    encode: (values) => entries.flatMap(([name, field]) => field.encode(values[name])),
    of({ attributes }) {
      let values = known.get(attributes);
      if (values === undefined) known.set(attributes, (values = decode(attributes)));
      return values;
    },
  };
}

/** Of an operator that has none. */
export const NO_ATTRIBUTES: RowAttributes<object> = rowAttributes({});
