import { DType } from "../../tensor/dtype.ts";
import { isSafeDivisor } from "../../operators/reading/divisors.ts";
import { isDivisor } from "../ranges.ts";
import { cast } from "./greatest.ts";
import { typeOf } from "./known.ts";
import type { LoweredForm, Lowering, Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since this opset the greater of two integers is found. */
const COMPARES = 12;

const SMALL: readonly number[] = [DType.int8, DType.int16, DType.uint8, DType.uint16];
const SIGNED: readonly number[] = [DType.int32, DType.int64];
const UNSIGNED: readonly number[] = [DType.uint32, DType.uint64];

/** Whether the node divides integers by what may be 0 or −1. */
function isUnsafe({ node, attributes, inputs, ranges }: Site): boolean {
  const divisor = inputs[1];
  if (divisor === undefined || (node.opType === "Mod" && attributes.int("fmod", 0) !== 0)) return false;
  return divisor.constant === undefined ? !isDivisor(ranges(node.input[1])) : !isSafeDivisor(divisor.constant);
}

/**
 * Integers divided by what is computed: by at least 1 where it is positive, by at most −2 where it is less than −1. By −1 a quotient is
 * the negative, and a remainder nothing. By 0, where the runtime gives no result but ends, it is as by 1: so every run comes to its end.
 */
const division = (op: "Div" | "Mod", form: LoweredForm): Lowering => ({
  onnx: { [op]: form },
  into: ["Max", "Min", op, "Sub", "Mul", "Less", "Where", "Cast"],
  keeps: "every bit",
  where: `its divisor may be 0 or −1, and the opset is ${COMPARES} or later: by 0 it divides as by 1`,
  rewrite(site) {
    const { node, inputs, opset, ranges } = site;
    const dtype = typeOf(inputs[0]);
    if (dtype === undefined || opset < COMPARES || ![...SMALL, ...SIGNED, ...UNSIGNED].includes(dtype) || !isUnsafe(site)) return undefined;
    const as = SMALL.includes(dtype) ? DType.int32 : dtype;
    const w = new Writer(site);
    const [a, b] = node.input.map((x) => (as === dtype ? x : cast(w, x, as)));
    const divided = (divisor: string): string => w.of(node.opType, [a, divisor]);
    const whole = (value: number): string => w.integer(as, value);
    const positive = divided(w.of("Max", [b, whole(1)]));
    const back = (value: string): string => (as === dtype ? value : cast(w, value, dtype));
    if (ranges(node.input[1]).least >= 0) return w.done(back(positive));
    const opposite = node.opType === "Div" ? w.sub(whole(0), a) : w.mul(a, whole(0));
    const negative = w.where(w.less(b, whole(-1)), divided(w.of("Min", [b, whole(-2)])), opposite);
    return w.done(back(w.where(w.less(b, whole(0)), negative, positive)));
  },
});

export const divisions: readonly Lowering[] = [
  division("Div", { since: 1, shapedBy: "shapes", only: "of integers" }),
  division("Mod", { since: 10, shapedBy: "shapes", only: "of integers, without fmod" }),
];
