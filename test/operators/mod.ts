import { DType, widthOf } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OperatorCases, Special } from "./support/cases.ts";
import { dims, INTEGERS, numbers } from "./support/draw.ts";
import { divisors } from "./support/elementwise.ts";
import { FLOATS, few, numbersOf, ofBits, ofOperands, oneOf, onTwo, small, type Written } from "./support/logic.ts";

const fmod = { attributes: { fmod: { int: 1 } } };

/** Without fmod the compiler takes constant divisors of which none is 0 or −1. */
const floored = {
  random: (random: Parameters<OperatorCases["random"]>[0]) => {
    const dtype = random.pick(INTEGERS);
    const shape = dims(random, 0, 3);
    return ofOperands("Mod", [numbersOf(dtype, shape, random), divisors(dtype, shape, random)], {}, random);
  },
  every: INTEGERS.map((dtype) => {
    const of = [2n, 3n, 7n, 10n, 127n];
    const x = few(dtype);
    return ofOperands("Mod", [ofBits(dtype, [x.length, 1], x), { ...ofBits(dtype, [of.length], of), constant: true }]);
  }),
};

const int8 = (a: number, b: number, written = {}) => ofOperands("Mod", [small(DType.int8, a), { ...small(DType.int8, b), constant: true }], written);
const floating = (a: number, b: number, leaves: number) => ({ about: `${a} by ${b}`, of: ofOperands("Mod", [numbers([1], [a]), numbers([1], [b])], fmod), leaves: [leaves] });

const wide = (value: bigint) => ofBits(DType.int64, [1], [value]);

/** By zero, which the runtime refuses. */
function byZero(written: Written): Special {
  const c = int8(5, 1, written);
  return { about: `int8: 5 by 0${written === fmod ? " with fmod" : ""}`, of: { ...c, inputs: [c.inputs[0], Uint8Array.of(0)] }, leaves: [], runs: false };
}

/** Divisors of integers that are not zero. */
const notZero = (b: NodeInput): NodeInput => ((FLOATS as readonly number[]).includes(b.dtype) ? b : { ...b, raw: b.raw.map((byte, i) => (i % widthOf(b.dtype as DType) === 0 ? byte | 1 : byte)) });

export const mod: OperatorCases = {
  ...oneOf(onTwo("Mod", [...FLOATS, ...INTEGERS], fmod, notZero), floored),
  unheardOf: [{ about: "a division by zero", of: ofOperands("Mod", [small(DType.int8, 5), small(DType.int8, 0)], fmod), says: "modulo by zero" }],
  special: [
    { about: "−7 by 3 without fmod", of: int8(-7, 3), leaves: [2] },
    { about: "7 by −3 without fmod", of: int8(7, -3), leaves: [-2] },
    { about: "−7 by 3 with fmod", of: int8(-7, 3, fmod), leaves: [-1] },
    { about: "7 by −3 with fmod", of: int8(7, -3, fmod), leaves: [1] },
    { about: "int64: with fmod both are rounded to binary64", of: ofOperands("Mod", [wide(2n ** 62n + 1n), wide(2n ** 61n + 3n)], fmod), leaves: [0] },
    byZero({}),
    byZero(fmod),
    floating(5.5, -2, 1.5),
    floating(-5.5, 2, -1.5),
    floating(1e30, 3, Math.fround(1e30) % 3),
    floating(3, Infinity, 3),
    floating(Infinity, 3, NaN),
    floating(3, 0, NaN),
    floating(-4, 2, 0),
  ],
};
