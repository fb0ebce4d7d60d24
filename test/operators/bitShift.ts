import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { ofOperands, oneOf, onTwo, small } from "./support/logic.ts";

/** The runtime has no kernel for uint16. */
const TYPES = [DType.uint8, DType.uint32, DType.uint64];
const [left, right] = ["LEFT", "RIGHT"].map((direction) => ({ attributes: { direction: { string: direction } } }));

/** Mostly by few places. */
const bytes = (a: number, by: number, written: typeof left) => ofOperands("BitShift", [small(DType.uint8, a), small(DType.uint8, by)], written);

export const bitShift: OperatorCases = {
  ...oneOf(...[left, right].map((written) => onTwo("BitShift", TYPES, written, (b) => ({ ...b, raw: b.raw.map((byte, i) => (i % 8 === 0 ? byte & 71 : 0)) })))),
  special: [
    { about: "133 by 1 place to the left", of: bytes(133, 1, left), leaves: [10] },
    { about: "133 by 7 places to the right", of: bytes(133, 7, right), leaves: [1] },
    { about: "by 8 places to the left", of: bytes(133, 8, left), leaves: [0] },
    { about: "by 32 places to the right", of: bytes(133, 32, right), leaves: [0] },
    { about: "by 255 places to the left", of: bytes(133, 255, left), leaves: [0] },
  ],
};
