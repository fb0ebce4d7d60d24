import type { OperatorName } from "../../core/operators/descriptor.ts";
import { add } from "./add.ts";
import { batchNormalization } from "./batchNormalization.ts";
import { conv } from "./conv.ts";
import { dequantizeLinear } from "./dequantizeLinear.ts";
import { div } from "./div.ts";
import { floor } from "./floor.ts";
import { gemm } from "./gemm.ts";
import { layerNormalization } from "./layerNormalization.ts";
import { matMul } from "./matMul.ts";
import { maxPool } from "./maxPool.ts";
import { mul } from "./mul.ts";
import { qLinearConv } from "./qLinearConv.ts";
import { qLinearMatMul } from "./qLinearMatMul.ts";
import { quantizeLinear } from "./quantizeLinear.ts";
import { reduceMean } from "./reduceMean.ts";
import { relu } from "./relu.ts";
import { softmax } from "./softmax.ts";
import { strided } from "./strided.ts";
import { sub } from "./sub.ts";
import type { OperatorCases } from "./support/cases.ts";

/** Cases of every operator: one that has none is an error of types. */
const OF: { readonly [Name in OperatorName]: OperatorCases } = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  Strided: strided,
  Relu: relu,
  Floor: floor,
  MaxPool: maxPool,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  ReduceMean: reduceMean,
  BatchNormalization: batchNormalization,
  Softmax: softmax,
  LayerNormalization: layerNormalization,
};

export const casesOf = (name: OperatorName): OperatorCases => OF[name];

/** The operators and their cases. */
export const OPERATOR_CASES = Object.entries(OF) as [OperatorName, OperatorCases][];
