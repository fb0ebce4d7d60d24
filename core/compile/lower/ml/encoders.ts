import { refuse } from "../../../faults.ts";
import { numbersOf } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { floatDims, wholeDims } from "../known.ts";
import { integerAttribute, type Lowered, type Lowering, type Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { ML } from "./domain.ts";

/** Types whose numbers are looked up. */
const KEYS: readonly number[] = [DType.float32, DType.int64, DType.int32];

type Numbers = readonly (number | bigint)[];

/** Numbers as a constant of a type. */
function numbers(w: Writer, dtype: number, dims: readonly number[], values: Numbers): string {
  const data = dtype === DType.int64 ? BigInt64Array.from(values, BigInt) : dtype === DType.int32 ? Int32Array.from(values, Number) : Float32Array.from(values, Number);
  return w.keep({ dtype: dtype === DType.int64 ? DType.int64 : dtype === DType.int32 ? DType.int32 : DType.float32, dims, data: new Uint8Array(data.buffer) });
}

/**
 * The value beside the key that an element is, or another where it is none of them: the element is compared with all keys at once, and
 * the greatest of the places of those that it is, counted from 1, says which value it is. Of equal keys the last one counts.
 */
function lookedUp(w: Writer, x: string, dtype: number, dims: readonly number[], keys: Numbers, values: string): string {
  const is = w.of("Equal", [w.reshape(x, dims, [...dims, 1]), numbers(w, dtype, [keys.length], keys)]);
  const places = w.constant([keys.length], Float32Array.from({ length: keys.length }, (_, i) => i + 1));
  const place = w.reshape(w.greatest(w.of("Where", [is, places, 0]), [dims.length]), [...dims, 1], dims);
  return w.of("Gather", [values, w.of("Cast", [place], [integerAttribute("to", DType.int64)])]);
}

/** Keys or values of an encoder: a list of one type, or a tensor. */
function listOf({ attributes }: Site, what: "keys" | "values"): { readonly dtype: number; readonly list: Numbers } | undefined {
  const [whole, real, tensor] = [attributes.bigints(`${what}_int64s`), attributes.floats(`${what}_floats`), attributes.tensor(`${what}_tensor`)];
  if (whole !== undefined) return { dtype: DType.int64, list: whole };
  if (real !== undefined) return { dtype: DType.float32, list: real };
  return tensor && { dtype: tensor.dtype, list: numbersOf(tensor) };
}

/** What stands for elements that are no key. */
function otherOf({ attributes }: Site, dtype: number): number {
  const tensor = attributes.tensor("default_tensor");
  if (tensor !== undefined) return numbersOf(tensor)[0];
  return dtype === DType.float32 ? attributes.float("default_float", 0) : attributes.int("default_int64", -1);
}

/** Numbers that stand for numbers. */
export const labelEncoder: Lowering = {
  domain: ML,
  onnx: { LabelEncoder: { since: 2, shapedBy: "shapes" } },
  into: ["Reshape", "Equal", "Where", "ReduceMax", "Cast", "Gather", "Identity"],
  keeps: "every bit",
  where: "its keys and values are float32, int32 or int64 numbers",
  rewrite(site: Site): Lowered | undefined {
    const { node, inputs: [x] } = site;
    const dims = wholeDims(x);
    const [keys, values] = [listOf(site, "keys"), listOf(site, "values")];
    if (x === undefined || dims === undefined || keys === undefined || values === undefined) return undefined;
    if (x.dtype !== keys.dtype || !KEYS.includes(x.dtype) || !KEYS.includes(values.dtype)) return undefined;
    if (keys.list.length !== values.list.length || keys.list.length === 0) return refuse("its keys and values are not of one number");
    const w = new Writer(site);
    const table = numbers(w, values.dtype, [values.list.length + 1], [otherOf(site, values.dtype), ...values.list]);
    return w.doneOf([lookedUp(w, node.input[0], x.dtype, dims, keys.list, table)]);
  },
};

/** A column for every category, 1 where the element is it. A fraction is cut off before it is compared. */
export const oneHotEncoder: Lowering = {
  domain: ML,
  onnx: { OneHotEncoder: { since: 1, shapedBy: "shapes" } },
  into: ["Cast", "Reshape", "Equal", "Where"],
  keeps: "every bit",
  where: "its categories are whole numbers, and it gives zeros for others",
  rewrite(site: Site): Lowered | undefined {
    const { node, attributes, inputs: [x] } = site;
    const dims = wholeDims(x);
    const categories = attributes.bigints("cats_int64s") ?? [];
    if (x === undefined || dims === undefined || categories.length === 0) return undefined;
    // What no category is would be an error of the runtime: the job could never be computed.
    if (attributes.int("zeros", 1) === 0) return undefined;
    const w = new Writer(site);
    const whole = x.dtype === DType.int64 ? node.input[0] : w.of("Cast", [node.input[0]], [integerAttribute("to", DType.int64)]);
    const is = w.of("Equal", [w.reshape(whole, dims, [...dims, 1]), numbers(w, DType.int64, [categories.length], categories)]);
    return w.done(w.of("Where", [is, 1, 0]));
  },
};

/** Which numbers are above a threshold: 1 and 0. */
export const binarizer: Lowering = {
  domain: ML,
  onnx: { Binarizer: { since: 1, shapedBy: "shapes" } },
  into: ["Greater", "Where"],
  keeps: "every bit",
  where: "its input is float32",
  rewrite(site: Site): Lowered | undefined {
    if (floatDims(site.inputs[0]) === undefined) return undefined;
    const w = new Writer(site);
    return w.done(w.of("Where", [w.of("Greater", [site.node.input[0], site.attributes.float("threshold", 0)]), 1, 0]));
  },
};

/** Columns in the places of numbers that are missing: NaN, or the number that stands for it. */
export const imputer: Lowering = {
  domain: ML,
  onnx: { Imputer: { since: 1, shapedBy: "shapes" } },
  into: ["IsNaN", "Equal", "Where"],
  keeps: "every bit",
  where: "its input is float32 or int64",
  rewrite(site: Site): Lowered | undefined {
    const { node: { input: [x] }, attributes, inputs: [known] } = site;
    const columns = wholeDims(known)?.at(-1);
    if (known === undefined || columns === undefined || (known.dtype !== DType.float32 && known.dtype !== DType.int64)) return undefined;
    const isWhole = known.dtype === DType.int64;
    const values: Numbers = (isWhole ? attributes.bigints("imputed_value_int64s") : attributes.floats("imputed_value_floats")) ?? [];
    if (values.length !== 1 && values.length !== columns) return refuse(`it has ${values.length} numbers for ${columns} columns`);
    const w = new Writer(site);
    const missing = isWhole ? (attributes.bigint("replaced_value_int64") ?? 0n) : attributes.float("replaced_value_float", 0);
    const isMissing = Number.isNaN(missing) ? w.of("IsNaN", [x]) : w.of("Equal", [x, numbers(w, known.dtype, [], [missing])]);
    return w.done(w.of("Where", [isMissing, numbers(w, known.dtype, [values.length], values), x]));
  },
};

/** Columns of the last axis. */
export const arrayFeatureExtractor: Lowering = {
  domain: ML,
  onnx: { ArrayFeatureExtractor: { since: 1, shapedBy: "values" } },
  into: ["Gather", "Reshape"],
  keeps: "every bit",
  where: "its input's shape is known",
  rewrite(site: Site): Lowered | undefined {
    const { node, inputs: [x, places] } = site;
    const [dims, shape] = [wholeDims(x), wholeDims(places)];
    if (dims === undefined || dims.length === 0 || shape === undefined) return undefined;
    const count = shape.reduce((product, dim) => product * dim, 1);
    const w = new Writer(site);
    const taken = w.of("Gather", [node.input[0], w.shaped(1, [count])], [integerAttribute("axis", dims.length - 1)]);
    return w.doneAs(taken, dims.length === 1 ? [1, count] : [...dims.slice(0, -1), count]);
  },
};
