import { Attributes, type OnnxModel } from "../onnx/model.ts";
import type { NodeProto, TensorProto } from "../onnx/onnx_pb.js";
import { nearNumbersOf, readConstant } from "../onnx/tensor.ts";
import { DType, isDType, widthOf } from "../tensor/dtype.ts";

/** Between which integers all elements of a value lie in every run, both included. */
export interface Range {
  readonly least: number;
  readonly greatest: number;
}

/** Of the integers of a value, those that stand at place `k` of `count` on its last axis. */
export type Ranges = (name: string, k?: number, count?: number) => Range;

const ALL: Range = { least: -Infinity, greatest: Infinity };

const UNSIGNED: readonly number[] = [DType.uint8, DType.uint16, DType.uint32, DType.uint64];
const SIGNED: readonly number[] = [DType.int8, DType.int16, DType.int32, DType.int64];

/** How far back a value is followed. */
const DEPTH = 64;

/** All numbers of an element type; of fractions everything. */
function rangeOfType(code: number | undefined): Range {
  if (code === DType.bool) return { least: 0, greatest: 1 };
  if (code === undefined || !isDType(code)) return ALL;
  const size = 2 ** (8 * widthOf(code));
  if (UNSIGNED.includes(code)) return { least: 0, greatest: size - 1 };
  return SIGNED.includes(code) ? { least: -size / 2, greatest: size / 2 - 1 } : ALL;
}

const isWithin = (inner: Range, outer: Range): boolean => inner.least >= outer.least && inner.greatest <= outer.greatest;

/** Whether every index between these is a place on an axis of that length, counted from its end where it is negative. */
export const namesPlaces = ({ least, greatest }: Range, dim: number): boolean => least >= -dim && greatest < dim;

/** Whether every integer between these divides any other: processors trap on 0, and on −1 under the least integer. */
export const isDivisor = ({ least, greatest }: Range): boolean => least > 0 || greatest < -1;

const spanOf = (values: readonly number[]): Range =>
  values.length === 0 ? ALL : values.reduce<Range>(({ least, greatest }, value) => ({ least: Math.min(least, value), greatest: Math.max(greatest, value) }), { least: Infinity, greatest: -Infinity });

const union = (ranges: readonly Range[]): Range => spanOf(ranges.flatMap(({ least, greatest }) => [least, greatest]));

/** What an operator that is exact on integers can come to, by its operands; an overflow is for the caller to see. */
const ARITHMETIC: Readonly<Record<string, (a: Range, b: Range) => Range>> = {
  Add: (a, b) => ({ least: a.least + b.least, greatest: a.greatest + b.greatest }),
  Sub: (a, b) => ({ least: a.least - b.greatest, greatest: a.greatest - b.least }),
  Mul: (a, b) => corners(a, b, (x, y) => (x === 0 || y === 0 ? 0 : x * y)),
  // By a positive number alone, towards zero.
  Div: (a, b) => (b.least > 0 ? corners(a, b, (x, y) => Math.trunc(x / y)) : ALL),
  Max: (a, b) => ({ least: Math.max(a.least, b.least), greatest: Math.max(a.greatest, b.greatest) }),
  Min: (a, b) => ({ least: Math.min(a.least, b.least), greatest: Math.min(a.greatest, b.greatest) }),
};

const corners = (a: Range, b: Range, of: (x: number, y: number) => number): Range =>
  spanOf([a.least, a.greatest].flatMap((x) => [b.least, b.greatest].map((y) => of(x, y))));

/** Operators whose elements are some of those of their first input. */
const TAKING: ReadonlySet<string> = new Set(
  "Identity Reshape Flatten Squeeze Unsqueeze Transpose Slice Split Expand Tile Gather GatherElements GatherND ReduceMax ReduceMin DepthToSpace SpaceToDepth".split(" "),
);

/** Between which integers the values of a model lie, as far as constants and arithmetic say it. */
export function rangesOf({ graph }: OnnxModel, types: ReadonlyMap<string, { readonly dtype: number }>): Ranges {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const known = new Map<string, Range>();

  const valuesOf = (tensor: TensorProto | undefined): number[] | undefined =>
    tensor !== undefined && isDType(tensor.dataType) ? nearNumbersOf(readConstant(tensor)) : undefined;

  function rangeOf(name: string, depth: number): Range {
    const before = known.get(name);
    if (before !== undefined) return before;
    const ofType = rangeOfType(constants.get(name)?.dataType ?? types.get(name)?.dtype);
    const maker = makers.get(name);
    const found = depth === 0 ? ALL : maker === undefined ? spanOf(valuesOf(constants.get(name)) ?? []) : madeBy(maker, depth - 1);
    // What does not fit the type has wrapped around, and may be anything.
    const range = isWithin(found, ofType) ? found : ofType;
    if (depth > 0) known.set(name, range);
    return range;
  }

  function madeBy(node: NodeProto, depth: number): Range {
    const of = (i: number): Range => rangeOf(node.input[i], depth);
    const { opType } = node;
    if (opType === "Mod") return remainder(of(0), of(1), new Attributes(node).int("fmod", 0) !== 0);
    if (opType === "Sub" && isRemainder(node)) return remainder(of(0), rangeOf(makers.get(node.input[1])!.input[1], depth), true);
    if (opType in ARITHMETIC) return node.input.map((_, i) => of(i)).reduce(ARITHMETIC[opType]);
    // A fraction that is no number becomes the least integer.
    if (opType === "Cast") return rangeOfType(constants.get(node.input[0])?.dataType ?? types.get(node.input[0])?.dtype) === ALL ? ALL : of(0);
    if (TAKING.has(opType)) return of(0);
    if (opType === "Concat") return union(node.input.map((_, i) => of(i)));
    if (opType === "Where") return union([of(1), of(2)]);
    return ALL;
  }

  /** a − (a / n) · n, the remainder that goes with a quotient towards zero. */
  function isRemainder({ input: [a, b] }: NodeProto): boolean {
    const product = makers.get(b);
    const quotient = product?.opType === "Mul" ? makers.get(product.input[0]) : undefined;
    return quotient?.opType === "Div" && quotient.input[0] === a && quotient.input[1] === product!.input[1];
  }

  /** Where the last axis has a divisor for each of its places, each place has its own range. */
  function rangeAt(name: string, k: number, count: number): Range | undefined {
    const node = makers.get(name);
    const cut = node?.opType === "Sub" && isRemainder(node) ? makers.get(node.input[1])!.input[1] : undefined;
    const values = valuesOf(constants.get(cut ?? (node?.opType === "Mod" ? node.input[1] : name)));
    if (values === undefined || values.length % count !== 0 || (node !== undefined && values.length !== count)) return undefined;
    const own = spanOf(values.filter((_, i) => i % count === k));
    return node === undefined ? own : remainder(rangeOf(node.input[0], DEPTH), own, cut !== undefined || new Attributes(node).int("fmod", 0) !== 0);
  }

  return (name, k = 0, count = 1) => (count > 1 ? rangeAt(name, k, count) : undefined) ?? rangeOf(name, DEPTH);
}

/** The remainder of a by a positive number: with the sign of a where it is cut towards zero, else not negative. */
function remainder(a: Range, b: Range, isCut: boolean): Range {
  if (!(b.least > 0)) return ALL;
  const most = b.greatest - 1;
  if (a.least >= 0) return { least: 0, greatest: Math.min(most, a.greatest) };
  return isCut ? { least: Math.max(-most, a.least), greatest: Math.max(0, Math.min(most, a.greatest)) } : { least: 0, greatest: most };
}
