/** ONNX `TensorProto.DataType` codes that a tensor of a program may have. */
export const DType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const;
export type DType = (typeof DType)[keyof typeof DType];

const WIDTH: Record<DType, 1 | 2 | 4 | 8> = { 1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8 };

/** Bytes of one element. */
export const widthOf = (dtype: DType): 1 | 2 | 4 | 8 => WIDTH[dtype];

export const isDType = (code: number): code is DType => code in WIDTH;

export const dtypeName = (dtype: DType): string =>
  Object.entries(DType).find(([, code]) => code === dtype)?.[0] ?? `type ${dtype}`;

export const Rule = { equal: 0, rounded: 1, chain: 2, bound: 3 } as const;
export type Rule = (typeof Rule)[keyof typeof Rule];
export const ruleName = (rule: Rule): string => ["equal", "rounded", "chain", "bound"][rule];

/** Opcodes (docs/protocol.md §1.4); the high byte is the family that judges them. */
export const Opcode = {
  Conv: 0x0101,
  Gemm: 0x0102,
  MatMul: 0x0103,
  QLinearConv: 0x0201,
  QLinearMatMul: 0x0202,
  Reshape: 0x0301,
  Transpose: 0x0302,
  Relu: 0x0303,
  MaxPool: 0x0304,
  QuantizeLinear: 0x0401,
  DequantizeLinear: 0x0402,
  Add: 0x0501,
  Sub: 0x0502,
  Mul: 0x0503,
  Div: 0x0504,
  ReduceMean: 0x0601,
  BatchNormalization: 0x0602,
  Softmax: 0x0603,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/**
 * Where a tensor's value comes from: `id` is the place in the trace, `root` the tensor root of a constant, and `inline` the
 * bytes, in commit order, of a constant that stands in the row.
 */
export type Source = { kind: "computed"; id: number } | { kind: "constant"; root: string; inline?: Uint8Array };

/** Bytes of the largest constant that stands in a row: one no larger always does. */
export const MAX_INLINE = 64;

/** A tensor as a node refers to it. `perm` lists the axes in commit order, outermost first. */
export interface Tensor {
  dtype: DType;
  dims: readonly number[];
  perm: readonly number[];
  source: Source;
}

/** Whether the tensor is a constant that stands in the row: nothing of it is opened. */
export const isInline = ({ source }: Tensor): boolean => source.kind === "constant" && source.inline !== undefined;

/** One node of a program. `inputs[i]` is undefined for an optional input that is absent. */
export interface Node {
  opcode: Opcode;
  rule: Rule;
  /** Schedule of a chain: chunk length in products (0: one chunk) and its flags; both 0 under other rules. */
  chunk: number;
  flags: number;
  output: Tensor;
  inputs: readonly (Tensor | undefined)[];
  attributes: readonly number[];
}

export interface TensorSpec {
  name: string;
  dtype: DType;
  dims: readonly number[];
}

/** What a version commits to: the trace's size, the graph's inputs and outputs, the rows. */
export interface Program {
  tensorCount: number;
  /** Graph input `i` is tensor `i`. */
  inputs: readonly TensorSpec[];
  outputs: readonly (TensorSpec & { id: number })[];
  nodes: readonly (Node & { name: string; op: string })[];
}

/** Number of elements; 1 for a scalar. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);

/** Bytes of a tensor's data before padding. */
export const byteLength = (t: { dtype: DType; dims: readonly number[] }): number => sizeOf(t.dims) * widthOf(t.dtype);

/** Row-major strides, in elements. */
export const rowMajorStrides = (dims: readonly number[]): number[] => commitStrides(dims, dims.map((_, a) => a));

/** Commit stride of every axis, in elements (docs/protocol.md §1.2). */
export function commitStrides(dims: readonly number[], perm: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  let size = 1;
  for (let i = perm.length - 1; i >= 0; i--) {
    strides[perm[i]] = size;
    size *= dims[perm[i]];
  }
  return strides;
}

/** Coordinates of a row-major index. */
export function unravel(element: number, dims: readonly number[]): number[] {
  const c = new Array<number>(dims.length).fill(0);
  let rest = element;
  for (let a = dims.length - 1; a >= 0; a--) {
    c[a] = rest % dims[a];
    rest = Math.floor(rest / dims[a]);
  }
  if (rest !== 0 || element < 0) throw new RangeError(`element ${element} lies outside a tensor of shape [${dims}]`);
  return c;
}

/** Sum of coordinates × strides. */
export const offsetOf = (c: readonly number[], strides: readonly number[]): number =>
  c.reduce((sum, x, a) => sum + x * strides[a], 0);
