import type { Lowering } from "../lowering.ts";
import { linearClassifier, linearRegressor } from "./linear.ts";
import { scaler } from "./scaler.ts";
import { svmClassifier } from "./svmClassifier.ts";
import { svmRegressor } from "./svmRegressor.ts";
import { treeEnsembleClassifier } from "./treeClassifier.ts";
import { treeEnsemble } from "./treeEnsemble.ts";
import { treeEnsembleRegressor } from "./treeRegressor.ts";

/** The lowerings of classical machine learning. */
export const CLASSICAL: readonly Lowering[] = [
  ...[treeEnsembleRegressor, treeEnsembleClassifier, treeEnsemble],
  ...[linearRegressor, linearClassifier, svmRegressor, svmClassifier],
  ...[scaler],
];
