// Made by npm run operators.
import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { and } from "./and.ts";
import { batchNormalization } from "./batchNormalization.ts";
import { bitShift } from "./bitShift.ts";
import { cast } from "./cast.ts";
import { clip } from "./clip.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { convInteger } from "./convInteger.ts";
import { dequantizeLinear } from "./dequantizeLinear.ts";
import { div } from "./div.ts";
import { equal } from "./equal.ts";
import { erf } from "./erf.ts";
import { exp } from "./exp.ts";
import { floor } from "./floor.ts";
import { gelu } from "./gelu.ts";
import { gemm } from "./gemm.ts";
import { hardSigmoid } from "./hardSigmoid.ts";
import { indexed } from "./indexed.ts";
import { layerNormalization } from "./layerNormalization.ts";
import { leakyRelu } from "./leakyRelu.ts";
import { less } from "./less.ts";
import { lessOrEqual } from "./lessOrEqual.ts";
import { matMul } from "./matMul.ts";
import { matMulInteger } from "./matMulInteger.ts";
import { max } from "./max.ts";
import { maxPool } from "./maxPool.ts";
import { min } from "./min.ts";
import { mod } from "./mod.ts";
import { mul } from "./mul.ts";
import { not } from "./not.ts";
import { or } from "./or.ts";
import { qLinearConv } from "./qLinearConv.ts";
import { qLinearMatMul } from "./qLinearMatMul.ts";
import { quantizeLinear } from "./quantizeLinear.ts";
import { reduceMax } from "./reduceMax.ts";
import { reduceMean } from "./reduceMean.ts";
import { relu } from "./relu.ts";
import { round } from "./round.ts";
import { sigmoid } from "./sigmoid.ts";
import { sign } from "./sign.ts";
import { softmax } from "./softmax.ts";
import { sqrt } from "./sqrt.ts";
import { strided } from "./strided.ts";
import { sub } from "./sub.ts";
import { tanh } from "./tanh.ts";
import { where } from "./where.ts";
import { xor } from "./xor.ts";

/** Cases, by the names of their operators. */
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
