import type { OperatorCases } from "./support/cases.ts";
import { numbers } from "./support/draw.ts";
import { FLOATS, ofOperands, oneOf, onOne } from "./support/logic.ts";

const of = (op: string, x: number, y: number) => ({ about: `${op} of ${x}`, of: ofOperands(op, [numbers([1], [x])]), leaves: [y] });

export const round: OperatorCases = {
  ...oneOf(onOne("Round", FLOATS), onOne("Ceil", FLOATS)),
  special: [
    ...([[0.5, 0], [1.5, 2], [2.5, 2], [-0.5, -0], [-1.5, -2], [0.49999997, 0], [8388607.5, 8388608], [-0, 0], [NaN, NaN], [Infinity, Infinity]] as const).map(([x, y]) => of("Round", x, y)),
    ...([[0.5, 1], [-0.5, -0], [-1.5, -1], [2 ** -149, 1], [-(2 ** -149), 0], [3, 3], [NaN, NaN], [-Infinity, -Infinity]] as const).map(([x, y]) => of("Ceil", x, y)),
  ],
};
