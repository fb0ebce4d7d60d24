import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import type { GivenNode } from "../loweredNode.ts";
import type { Attribute } from "../onnxModel.ts";
import type { NodeInput } from "../ort.ts";
import { Random } from "../random.ts";

/** Nodes of one operator by what is special about them, and how far their results may lie from the runtime's own. */
export interface OperatorCases {
  readonly within: number;
  readonly nodes: Readonly<Record<string, GivenNode>>;
  /** Nodes that are left as they are. */
  readonly left?: Readonly<Record<string, GivenNode>>;
}

export type Attributes = Readonly<Record<string, Attribute | undefined>>;
export type Inputs = readonly (NodeInput | null)[];

export const MICROSOFT = "com.microsoft";
export const random = new Random(71);

type Elements = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

const given = (dtype: DType, dims: readonly number[], values: Elements, constant = false): NodeInput => ({ dtype, dims, raw: new Uint8Array(values.buffer), constant });

/** Numbers as networks have them, or others. */
export const float = (dims: readonly number[], { constant = false, draw = () => random.normal() } = {}): NodeInput =>
  given(DType.float32, dims, Float32Array.from({ length: sizeOf(dims) }, draw), constant);

export const int32 = (dims: readonly number[], values: readonly number[], constant = false): NodeInput => given(DType.int32, dims, Int32Array.from(values), constant);
export const int64 = (dims: readonly number[], values: readonly number[]): NodeInput => given(DType.int64, dims, BigInt64Array.from(values, BigInt));
export const bool = (dims: readonly number[], values: readonly number[], constant = false): NodeInput => given(DType.bool, dims, Uint8Array.from(values), constant);

/** Bytes between two ends. */
export const bytes = (dtype: DType, dims: readonly number[], [least, greatest]: readonly [number, number], constant = false): NodeInput => {
  const values = Array.from({ length: sizeOf(dims) }, () => random.int(least, greatest));
  return given(dtype, dims, dtype === DType.uint8 ? Uint8Array.from(values) : Int8Array.from(values), constant);
};

/** Ones, and zeros for about a third of the places. */
export const someOf = (dims: readonly number[]): number[] => Array.from({ length: sizeOf(dims) }, () => Number(random.int(0, 2) > 0));

export const int = (value: number): Attribute => ({ int: value });
export const real = (value: number): Attribute => ({ float: value });

/** Element types of outputs of float32. */
export const floats = (count: number): number[] => new Array<number>(count).fill(DType.float32);

/** The least finite float32, with which masks hide. */
export const LOWEST = -3.4028234663852886e38;
