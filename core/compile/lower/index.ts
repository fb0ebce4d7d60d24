import { dropout } from "./dropout.ts";
import { maximum, minimum } from "./extremum.ts";
import { identity } from "./identity.ts";
import type { LoweredForm, Lowering } from "./lowering.ts";
import { mean } from "./mean.ts";
import { neg } from "./neg.ts";
import { pow } from "./pow.ts";
import { reciprocal } from "./reciprocal.ts";
import { split } from "./split.ts";
import { sum } from "./sum.ts";

/** The compiler's lowerings, in the order in which they are tried. */
export const LOWERINGS: readonly Lowering[] = [identity, dropout, sum, maximum, minimum, mean, neg, reciprocal, pow, split];

/** The operators of ONNX that are written in terms of others, by name. */
export const LOWERED: ReadonlyMap<string, LoweredForm> = new Map(LOWERINGS.flatMap(({ onnx }) => Object.entries(onnx)));

/** Which nodes of this operator are written in terms of others, in words; undefined where all are, or none. */
export const loweredWhere = (op: string): string | undefined => LOWERINGS.find(({ onnx }) => Object.hasOwn(onnx, op))?.where;
