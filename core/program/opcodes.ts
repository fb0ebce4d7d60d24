// Made by npm run operators from the descriptors in core/operators.

/** Opcodes (docs/protocol.md §1.4); the high byte is the family that judges them. */
export const Opcode = {
  Conv: 0x0101,
  Gemm: 0x0102,
  MatMul: 0x0103,
  QLinearConv: 0x0201,
  QLinearMatMul: 0x0202,
  Strided: 0x0301,
  QuantizeLinear: 0x0401,
  DequantizeLinear: 0x0402,
  Add: 0x0501,
  Sub: 0x0502,
  Mul: 0x0503,
  Div: 0x0504,
  Max: 0x0521,
  Min: 0x0522,
  Sqrt: 0x0541,
  LeakyRelu: 0x0542,
  Relu: 0x0561,
  Floor: 0x0562,
  Abs: 0x0563,
  Clip: 0x0564,
  ReduceMean: 0x0601,
  ReduceMax: 0x0602,
  MaxPool: 0x0612,
  BatchNormalization: 0x0701,
  Softmax: 0x0702,
  LayerNormalization: 0x0703,
  Exp: 0x0801,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];
