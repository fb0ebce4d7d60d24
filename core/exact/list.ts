// Made by npm run operators.
import { maxPool, reduceMax } from "./accumulation.ts";
import { absoluteValue, addition, clip, division, floor, leakyRelu, maximum, minimum, multiplication, relu, squareRoot, subtraction } from "./arithmetic.ts";
import { conversion } from "./conversion.ts";
import { convolution, generalProduct, matrixProduct } from "./dot.ts";
import { indexed, joined } from "./indexing.ts";
import { erf, exp, gelu, hardSigmoid, sigmoid, tanh } from "./kernels.ts";
import { atMostAs, choice, complement, conjunction, difference, disjunction, equality, lessThan, modulo, rounding, shift, signum } from "./logic.ts";
import { strided } from "./movement.ts";
import { convInteger, dequantizeLinear, matMulInteger, qLinearConv, qLinearMatMul, quantizeLinear } from "./quantised.ts";
import { batchNormalization, layerNormalization, reduceMean, softmax } from "./statistics.ts";

/** The definitions, by the names of their operators. */
export const DEFINITIONS = {
  Conv: convolution,
  Gemm: generalProduct,
  MatMul: matrixProduct,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  MatMulInteger: matMulInteger,
  ConvInteger: convInteger,
  Strided: strided,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: addition,
  Sub: subtraction,
  Mul: multiplication,
  Div: division,
  Max: maximum,
  Min: minimum,
  Sqrt: squareRoot,
  LeakyRelu: leakyRelu,
  Relu: relu,
  Floor: floor,
  Abs: absoluteValue,
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
  Not: complement,
  Sign: signum,
  Round: rounding,
  Equal: equality,
  Less: lessThan,
  LessOrEqual: atMostAs,
  And: conjunction,
  Or: disjunction,
  Xor: difference,
  BitShift: shift,
  Mod: modulo,
  Where: choice,
  Cast: conversion,
  Indexed: indexed,
  Concat: joined,
};
