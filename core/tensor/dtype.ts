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
