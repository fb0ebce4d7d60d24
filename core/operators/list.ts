// Made by npm run operators.
import { maxPool } from "./accumulation/maxPool.ts";
import { reduceMax } from "./accumulation/reduceMax.ts";
import { reduceMean } from "./accumulation/reduceMean.ts";
import { cast } from "./conversion/cast.ts";
import { abs } from "./elementwise/abs.ts";
import { add } from "./elementwise/add.ts";
import { clip } from "./elementwise/clip.ts";
import { div } from "./elementwise/div.ts";
import { floor } from "./elementwise/floor.ts";
import { leakyRelu } from "./elementwise/leakyRelu.ts";
import { max } from "./elementwise/max.ts";
import { min } from "./elementwise/min.ts";
import { mul } from "./elementwise/mul.ts";
import { relu } from "./elementwise/relu.ts";
import { sqrt } from "./elementwise/sqrt.ts";
import { sub } from "./elementwise/sub.ts";
import { conv } from "./floatDot/conv.ts";
import { gemm } from "./floatDot/gemm.ts";
import { matMul } from "./floatDot/matMul.ts";
import { concat } from "./indexing/concat.ts";
import { indexed } from "./indexing/indexed.ts";
import { convInteger } from "./integerDot/convInteger.ts";
import { matMulInteger } from "./integerDot/matMulInteger.ts";
import { qLinearConv } from "./integerDot/qLinearConv.ts";
import { qLinearMatMul } from "./integerDot/qLinearMatMul.ts";
import { erf } from "./kernel/erf.ts";
import { exp } from "./kernel/exp.ts";
import { gelu } from "./kernel/gelu.ts";
import { hardSigmoid } from "./kernel/hardSigmoid.ts";
import { sigmoid } from "./kernel/sigmoid.ts";
import { tanh } from "./kernel/tanh.ts";
import { and } from "./logic/and.ts";
import { bitShift } from "./logic/bitShift.ts";
import { equal } from "./logic/equal.ts";
import { less } from "./logic/less.ts";
import { lessOrEqual } from "./logic/lessOrEqual.ts";
import { mod } from "./logic/mod.ts";
import { not } from "./logic/not.ts";
import { or } from "./logic/or.ts";
import { round } from "./logic/round.ts";
import { sign } from "./logic/sign.ts";
import { where } from "./logic/where.ts";
import { xor } from "./logic/xor.ts";
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
  MatMulInteger: matMulInteger,
  ConvInteger: convInteger,
  Strided: strided,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  Max: max,
  Min: min,
  Sqrt: sqrt,
  LeakyRelu: leakyRelu,
  Relu: relu,
  Floor: floor,
  Abs: abs,
  Clip: clip,
  ReduceMean: reduceMean,
  ReduceMax: reduceMax,
  MaxPool: maxPool,
  BatchNormalization: batchNormalization,
  Softmax: softmax,
  LayerNormalization: layerNormalization,
  Exp: exp,
  Tanh: tanh,
  Sigmoid: sigmoid,
  Erf: erf,
  Gelu: gelu,
  HardSigmoid: hardSigmoid,
  Not: not,
  Sign: sign,
  Round: round,
  Equal: equal,
  Less: less,
  LessOrEqual: lessOrEqual,
  And: and,
  Or: or,
  Xor: xor,
  BitShift: bitShift,
  Mod: mod,
  Where: where,
  Cast: cast,
  Indexed: indexed,
  Concat: concat,
};
