// Made by npm run operators.
import { maxPool } from "./accumulation/maxPool.ts";
import { reduceMean } from "./accumulation/reduceMean.ts";
import { add } from "./elementwise/add.ts";
import { div } from "./elementwise/div.ts";
import { floor } from "./elementwise/floor.ts";
import { mul } from "./elementwise/mul.ts";
import { relu } from "./elementwise/relu.ts";
import { sub } from "./elementwise/sub.ts";
import { conv } from "./floatDot/conv.ts";
import { gemm } from "./floatDot/gemm.ts";
import { matMul } from "./floatDot/matMul.ts";
import { qLinearConv } from "./integerDot/qLinearConv.ts";
import { qLinearMatMul } from "./integerDot/qLinearMatMul.ts";
import { strided } from "./movement/strided.ts";
import { batchNormalization } from "./normalization/batchNormalization.ts";
import { layerNormalization } from "./normalization/layerNormalization.ts";
import { softmax } from "./normalization/softmax.ts";
import { dequantizeLinear } from "./quantization/dequantizeLinear.ts";
import { quantizeLinear } from "./quantization/quantizeLinear.ts";

/** The descriptors, by the names of their operators. */
export const BY_NAME = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  Strided: strided,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  Relu: relu,
  Floor: floor,
  ReduceMean: reduceMean,
  MaxPool: maxPool,
  BatchNormalization: batchNormalization,
  Softmax: softmax,
  LayerNormalization: layerNormalization,
};
