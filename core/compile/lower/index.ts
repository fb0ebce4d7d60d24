import { averagePool } from "./averagePool.ts";
import { batchNormalization } from "./batchNormalization.ts";
import { cast } from "./cast.ts";
import { castLike } from "./castLike.ts";
import { celu } from "./celu.ts";
import { conv } from "./conv.ts";
import { dropout } from "./dropout.ts";
import { elu } from "./elu.ts";
import { maximum, minimum } from "./extremum.ts";
import { globalAveragePool } from "./globalAveragePool.ts";
import { groupNormalization } from "./groupNormalization.ts";
import { hardSwish } from "./hardSwish.ts";
import { identity } from "./identity.ts";
import { instanceNormalization } from "./instanceNormalization.ts";
import { isInf } from "./isInf.ts";
import { isNaN } from "./isNaN.ts";
import { layerNormalization } from "./layerNormalization.ts";
import { logSoftmax } from "./logSoftmax.ts";
import type { Form } from "../form.ts";
import type { LoweredForm, Lowering } from "./lowering.ts";
import { lpNormalization } from "./lpNormalization.ts";
import { mean } from "./mean.ts";
import { meanVarianceNormalization } from "./meanVarianceNormalization.ts";
import { mish } from "./mish.ts";
import { neg } from "./neg.ts";
import { pow } from "./pow.ts";
import { prelu } from "./prelu.ts";
import { reciprocal } from "./reciprocal.ts";
import { reduceL1, reduceL2, reduceMean, reduceSum, reduceSumSquare } from "./reductions.ts";
import { rmsNormalization } from "./rmsNormalization.ts";
import { selu } from "./selu.ts";
import { softmax } from "./softmax.ts";
import { softplus } from "./softplus.ts";
import { softsign } from "./softsign.ts";
import { split } from "./split.ts";
import { sum } from "./sum.ts";
import { thresholdedRelu } from "./thresholdedRelu.ts";

/** The compiler's lowerings, in the order in which they are tried. */
export const LOWERINGS: readonly Lowering[] = [
  ...[identity, dropout, cast, sum, maximum, minimum, mean, neg, reciprocal, pow, split, hardSwish],
  ...[isNaN, isInf, castLike],
  ...[softmax, logSoftmax],
  ...[layerNormalization, rmsNormalization, instanceNormalization, groupNormalization, batchNormalization, lpNormalization, meanVarianceNormalization],
  ...[reduceSum, reduceMean, reduceL1, reduceL2, reduceSumSquare, globalAveragePool, averagePool],
  conv,
  ...[prelu, thresholdedRelu, elu, selu, celu, mish, softplus, softsign],
];

/** Those that are tried in a form of the file: in the form `source` only the ones that keep every bit. */
export const loweringsOf = (form: Form, table: readonly Lowering[] = LOWERINGS): readonly Lowering[] =>
  table.filter((lowering) => form === "portable" || "keeps" in lowering);

/** The operators of ONNX that are written in terms of others in some form, by name. */
export const LOWERED: ReadonlyMap<string, LoweredForm> = new Map(LOWERINGS.flatMap(({ onnx }) => Object.entries(onnx)));

/** Which nodes of this operator are written in terms of others, in words; undefined where all are in both forms, or none. */
export function loweredWhere(op: string): string | undefined {
  const lowering = LOWERINGS.find(({ onnx }) => Object.hasOwn(onnx, op));
  if (lowering === undefined || "keeps" in lowering) return lowering?.where === undefined ? undefined : `where ${lowering.where}`;
  return `in portable form${lowering.where === undefined ? "" : `, where ${lowering.where}`}`;
}
