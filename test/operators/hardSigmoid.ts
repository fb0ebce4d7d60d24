import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { kernel } from "./support/kernels.ts";

const plain = kernel("HardSigmoid", { reaches: [-4, 4] }, [
  { about: "0", x: 0, y: 0.5 },
  { about: "product and sum are rounded apart", x: -1, y: 0x3e99999an, not: [0x3e999999n] },
  { about: "the upper end", x: 2.5, y: 1 },
  { about: "the lower end", x: -2.5, y: 0 },
  { about: "∞", x: Infinity, y: 1 },
  { about: "−∞", x: -Infinity, y: 0 },
  { about: "NaN", x: NaN, y: NaN },
]);
const by = (alpha: number, beta: number) => kernel("HardSigmoid", { reaches: [-4, 4], attributes: { alpha: { float: alpha }, beta: { float: beta } } }, []);
const others = [by(1 / 6, 0.3), by(-0.2, 0.5), by(0, 0.5), by(3e38, 0), by(2 ** -149, 0.25)];

export const hardSigmoid: OperatorCases = {
  random: (random: Random) => random.pick([plain, ...others]).random(random),
  special: plain.special,
  every: [plain, ...others].flatMap(({ every }) => every!),
};
