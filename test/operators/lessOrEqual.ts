import type { OperatorCases } from "./support/cases.ts";
import { compared, comparison, oneOf, ORDERED } from "./support/logic.ts";

export const lessOrEqual: OperatorCases = {
  ...oneOf(comparison("LessOrEqual", ORDERED), comparison("GreaterOrEqual", ORDERED)),
  special: [
    { about: "0 and −0", of: compared("LessOrEqual", 0, -0), leaves: [1] },
    { about: "NaN and itself", of: compared("LessOrEqual", NaN, NaN), leaves: [0] },
    { about: "1 is not at least 2", of: compared("GreaterOrEqual", 1, 2), leaves: [0] },
    { about: "infinities", of: compared("GreaterOrEqual", Infinity, Infinity), leaves: [1] },
  ],
};
