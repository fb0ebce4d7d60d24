import { refuse } from "../faults.ts";
import { isFloat } from "../math/floatFormat.ts";
import { REMAINDER } from "../operators/logic/mod.ts";
import { isSafeDivisor } from "../operators/reading/divisors.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { Value } from "../onnx/graphNode.ts";
import { Opcode } from "../program/types.ts";
import { isDivisor, type Ranges } from "./ranges.ts";

/** What a node divides integers by, where the runtime's process might end by it; with fmod the runtime divides binary64 numbers. */
export function integerDivisor({ opcode, attributes, inputs }: Mapped): Value | undefined {
  const divides = opcode === Opcode.Div || (opcode === Opcode.Mod && !REMAINDER.of({ attributes }).fmod);
  return divides && inputs[1] !== undefined && !isFloat(inputs[1].dtype) ? inputs[1] : undefined;
}

/**
 * INVARIANT: whatever a job's input is, every run comes to its end. A division of integers by zero, or of the least by −1, ends the
 * runtime's process. So computed divisors must come from arithmetic that keeps them from both, as the compiler writes it before every
 * such node (core/compile/lower/division.ts).
 */
export function checkDivisors(mapped: Mapped, ranges: Ranges): void {
  const divisor = integerDivisor(mapped);
  if (divisor === undefined) return;
  if (divisor.constant !== undefined) {
    if (!isSafeDivisor(divisor.constant)) refuse("an integer divisor is 0 or -1");
    return;
  }
  const range = ranges(divisor.name);
  if (!isDivisor(range)) refuse(`its integer divisor "${divisor.name}" may be 0 or -1: it lies between ${range.least} and ${range.greatest}`);
}
