import type { Rule } from "../../../core/program/types.ts";

/** What the rules of rows ask of an element (docs/protocol.md §2). */
export const RULES: Readonly<Record<keyof typeof Rule, string>> = {
  equal: "Every element has one value, which is exact: nothing is rounded.",
  rounded: "Every element is the exact result, rounded once.",
  chain: "Every element is a dot product in the order of additions that the row states, with fused multiply-add.",
  gemv: "Every element is a dot product in the order of additions that the row states, each product rounded before it is added.",
  kernel: "Every element is what a fixed sequence of float32 operations makes of one number.",
  lanes: "Every element is what a fixed sequence of float32 operations makes of a row of numbers, added in several accumulators.",
  bound: "An element may have any value within an error bound of the real result: processors differ here.",
};
