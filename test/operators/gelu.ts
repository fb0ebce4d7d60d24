import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { kernel, type Point } from "./support/kernels.ts";

const COMMON: readonly Point[] = [
  { about: "0", x: 0, y: 0 },
  { about: "the least number", x: 2 ** -149, y: 0 },
  { about: "far below zero", x: -10, y: 0 },
  { about: "∞", x: Infinity, y: Infinity },
  { about: "−∞ times 0", x: -Infinity, y: NaN },
  { about: "NaN", x: NaN, y: NaN },
];
const exact = kernel("Gelu", { reaches: [-7, 7], opset: 20 }, [...COMMON, { about: "1", x: 1, y: 0x3f57625en }, { about: "−1", x: -1, y: 0xbe227686n, not: [0xbe227687n] }, { about: "3e38", x: 3e38, y: 3e38 }]);
const byTangent = kernel("Gelu", { reaches: [-7, 7], opset: 20, attributes: { approximate: { string: "tanh" } } }, [
  ...COMMON.map((point) => ({ ...point, about: `${point.about}, by a tangent` })),
  { about: "1, by a tangent", x: 1, y: 0x3f57585cn },
  { about: "−1, by a tangent", x: -1, y: 0xbe229e8en },
  { about: "a cube that overflows", x: 1e13, y: 0x551184e7n },
]);

export const gelu: OperatorCases = {
  random: (random: Random) => (random.chance(0.5) ? exact : byTangent).random(random),
  special: [...exact.special, ...byTangent.special],
  every: [...exact.every!, ...byTangent.every!],
};
