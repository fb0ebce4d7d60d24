import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { INTEGERS, numbers } from "./support/draw.ts";
import { ofOperands, onOne, small } from "./support/logic.ts";

const of = (x: number) => ofOperands("Sign", [numbers([1], [x])]);

export const sign: OperatorCases = {
  ...onOne("Sign", [DType.float32, DType.float64, ...INTEGERS]),
  special: [
    ...[-0, 2 ** -149, -(2 ** -149), Infinity, -Infinity, NaN].map((x) => ({ about: String(x), of: of(x), leaves: [Math.sign(x)] })),
    { about: "int8: −128", of: ofOperands("Sign", [small(DType.int8, -128)]), leaves: [-1] },
    { about: "uint8: 200", of: ofOperands("Sign", [small(DType.uint8, 200)]), leaves: [1] },
  ],
};
