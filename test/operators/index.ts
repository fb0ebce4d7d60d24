import type { OperatorName } from "../../core/operators/descriptor.ts";
import { BY_NAME } from "./list.ts";
import type { OperatorCases } from "./support/cases.ts";

/** Cases of every operator: one that has none is an error of types. */
const OF = BY_NAME satisfies { readonly [Name in OperatorName]: OperatorCases };

export const casesOf = (name: OperatorName): OperatorCases => OF[name];

/** The operators and their cases. */
export const OPERATOR_CASES = Object.entries(OF) as [OperatorName, OperatorCases][];
