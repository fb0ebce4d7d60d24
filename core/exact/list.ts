// Made by npm run operators.
import { maxPool } from "./accumulation.ts";
import { addition, division, floor, multiplication, relu, subtraction } from "./arithmetic.ts";
import { convolution, generalProduct, matrixProduct } from "./dot.ts";
import { strided } from "./movement.ts";
import { dequantizeLinear, qLinearConv, qLinearMatMul, quantizeLinear } from "./quantised.ts";
import { batchNormalization, layerNormalization, reduceMean, softmax } from "./statistics.ts";

/** The definitions, by the names of their operators. */
export const DEFINITIONS = {
  Conv: convolution,
  Gemm: generalProduct,
  MatMul: matrixProduct,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  Strided: strided,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: addition,
  Sub: subtraction,
  Mul: multiplication,
  Div: division,
  Relu: relu,
  Floor: floor,
  ReduceMean: reduceMean,
  MaxPool: maxPool,
  BatchNormalization: batchNormalization,
  Softmax: softmax,
  LayerNormalization: layerNormalization,
};
