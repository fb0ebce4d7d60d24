import { acos, asin, atan } from "./arc.ts";
import { cos, sin, tan } from "./circular.ts";
import { clip } from "./clip.ts";
import { acosh, asinh, atanh, cosh, sinh } from "./hyperbolic.ts";
import { log } from "./log.ts";
import { mod } from "./mod.ts";
import { power } from "./power.ts";
import { shrink } from "./shrink.ts";
import { dequantizeLinear } from "./quantised/dequantizeLinear.ts";
import { dynamicQuantizeLinear } from "./quantised/dynamicQuantizeLinear.ts";
import { integerWeights } from "./quantised/integerWeights.ts";
import { quantizeLinear } from "./quantised/quantizeLinear.ts";
import { attention } from "./transformer/attention.ts";
import { rotaryEmbedding } from "./transformer/rotaryEmbedding.ts";
import * as microsoft from "./microsoft/index.ts";
import { affineGrid } from "./affineGrid.ts";
import { averagePool } from "./averagePool.ts";
import { batchNormalization } from "./batchNormalization.ts";
import { bitCast } from "./bitCast.ts";
import { cast } from "./cast.ts";
import { castLike } from "./castLike.ts";
import { celu } from "./celu.ts";
import { col2Im } from "./col2Im.ts";
import { conv } from "./conv.ts";
import { convTranspose } from "./convTranspose.ts";
import { det } from "./det.ts";
import { dft } from "./dft.ts";
import { divisions } from "./division.ts";
import { dropout } from "./dropout.ts";
import { einsum } from "./einsum.ts";
import { elu } from "./elu.ts";
import { maximum, minimum } from "./extremum.ts";
import { centerCropPad } from "./centerCropPad.ts";
import { compress, eyeLike, shape, size } from "./fixed.ts";
import { concat } from "./concat.ts";
import { cumProd } from "./cumProd.ts";
import { cumSum } from "./cumSum.ts";
import { pad } from "./pad.ts";
import { reverseSequence } from "./reverseSequence.ts";
import { scatter } from "./scatter.ts";
import { argMax, argMin } from "./argMax.ts";
import { hardmax } from "./hardmax.ts";
import { topK } from "./topK.ts";
import { oneHot } from "./oneHot.ts";
import { trilu } from "./trilu.ts";
import { gather, gatherElements, gatherND } from "./gather.ts";
import { globalAveragePool } from "./globalAveragePool.ts";
import { globalMaxPool } from "./globalMaxPool.ts";
import { gridSample } from "./gridSample.ts";
import { groupNormalization } from "./groupNormalization.ts";
import { hardSwish } from "./hardSwish.ts";
import { identity } from "./identity.ts";
import { instanceNormalization } from "./instanceNormalization.ts";
import { isInf } from "./isInf.ts";
import { isNaN } from "./isNaN.ts";
import { layerNormalization } from "./layerNormalization.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { operatorOf } from "../../onnx/model.ts";
import type { Form } from "../form.ts";
import type { LoweredForm, Lowering } from "./lowering.ts";
import { negativeLogLikelihoodLoss, softmaxCrossEntropyLoss } from "./losses.ts";
import { lpNormalization } from "./lpNormalization.ts";
import { globalLpPool, lpPool } from "./lpPool.ts";
import { lrn } from "./lrn.ts";
import { maxPool } from "./maxPool.ts";
import { maxUnpool } from "./maxUnpool.ts";
import { mean } from "./mean.ts";
import { meanVarianceNormalization } from "./meanVarianceNormalization.ts";
import { mish } from "./mish.ts";
import { CLASSICAL } from "./ml/index.ts";
import { neg } from "./neg.ts";
import { pow } from "./pow.ts";
import { prelu } from "./prelu.ts";
import { reciprocal } from "./reciprocal.ts";
import { reduceL1, reduceL2, reduceLogSum, reduceLogSumExp, reduceMean, reduceMin, reduceProd, reduceSum, reduceSumSquare } from "./reductions.ts";
import { gru } from "./recurrent/gru.ts";
import { lstm } from "./recurrent/lstm.ts";
import { rnn } from "./recurrent/rnn.ts";
import { resize } from "./resize.ts";
import { rmsNormalization } from "./rmsNormalization.ts";
import { selu } from "./selu.ts";
import { softmax } from "./softmax.ts";
import { softplus } from "./softplus.ts";
import { softsign } from "./softsign.ts";
import { split } from "./split.ts";
import { sum } from "./sum.ts";
import { swish } from "./swish.ts";
import { thresholdedRelu } from "./thresholdedRelu.ts";

/** The compiler's lowerings, in the order in which they are tried. */
export const LOWERINGS: readonly Lowering[] = [
  ...[identity, dropout, cast, sum, maximum, minimum, mean, neg, reciprocal, pow, split, hardSwish],
  ...[gather, gatherElements, gatherND, resize, pad, maxUnpool, scatter, col2Im, cumSum, cumProd, reverseSequence, compress, concat, centerCropPad, size, shape, eyeLike],
  ...[argMax, argMin, hardmax, topK, oneHot, trilu],
  ...divisions, ...[isNaN, isInf, castLike, bitCast],
  ...[softmax, logSoftmax],
  ...[layerNormalization, rmsNormalization, instanceNormalization, groupNormalization, batchNormalization, lpNormalization, meanVarianceNormalization],
  ...[reduceSum, reduceMean, reduceL1, reduceL2, reduceSumSquare, globalAveragePool, averagePool],
  conv,
  ...[negativeLogLikelihoodLoss, softmaxCrossEntropyLoss],
  ...[reduceProd, reduceMin, reduceLogSum, reduceLogSumExp],
  ...[einsum, convTranspose, maxPool, globalMaxPool, lpPool, globalLpPool, lrn, gridSample, affineGrid, det, dft],
  ...[attention, rotaryEmbedding, swish],
  ...[microsoft.attention, microsoft.quantisedAttention, microsoft.multiHeadAttention, microsoft.groupQueryAttention, microsoft.rotaryEmbedding],
  ...[microsoft.embedLayerNormalization, microsoft.skipLayerNormalization, microsoft.skipSimplifiedLayerNormalization],
  ...[microsoft.matMulNBits, microsoft.dynamicQuantizeMatMul, microsoft.dynamicQuantizeLSTM, microsoft.matMulIntegerToFloat, microsoft.qGemm], ...microsoft.quantisedOperators,
  ...[microsoft.pairwiseDistances, microsoft.fusedMatMul, microsoft.fusedGemm, microsoft.fusedConv, microsoft.gelu, microsoft.biasGelu, microsoft.fastGelu, microsoft.quickGelu],
  ...[lstm, gru, rnn],
  ...[prelu, thresholdedRelu, elu, selu, celu, mish, softplus, softsign],
  ...[clip, power, mod],
  ...[...integerWeights, dynamicQuantizeLinear, dequantizeLinear, quantizeLinear],
  ...[log, sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, shrink],
  ...CLASSICAL,
];

/** Those that are tried in a form of the file: in the form `source` only the ones that keep every bit. */
export const loweringsOf = (form: Form, table: readonly Lowering[] = LOWERINGS): readonly Lowering[] =>
  table.filter((lowering) => form === "portable" || "keeps" in lowering);

/** The operators that a lowering takes, with their domain (see operatorOf). */
export const takenBy = ({ domain = "", onnx }: Lowering): string[] => Object.keys(onnx).map((opType) => operatorOf({ domain, opType }));

/** The operators of ONNX that are written in terms of others in some form, by name, with their domain. */
export const LOWERED: ReadonlyMap<string, LoweredForm> = new Map(
  LOWERINGS.flatMap((lowering) => takenBy(lowering).map((name, i) => [name, Object.values(lowering.onnx)[i]] as const)),
);

/** Which nodes of this operator are written in terms of others, in words; undefined where all are in both forms, or none. */
export function loweredWhere(op: string): string | undefined {
  const conditions = LOWERINGS.filter((each) => takenBy(each).includes(op)).map((lowering) => {
    const where = lowering.where === undefined ? undefined : `where ${lowering.where}`;
    return "keeps" in lowering ? where : ["in portable form", where].filter((words) => words !== undefined).join(", ");
  });
  return conditions.length === 0 || conditions.includes(undefined) ? undefined : conditions.join("; or ");
}
