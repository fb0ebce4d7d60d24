import { refuse } from "../../faults.ts";
import type { Value } from "../../onnx/graphNode.ts";
import { nearNumbersOf, type Constant } from "../../onnx/tensor.ts";

/** Processors trap on an integer division by zero and on the least integer divided by −1: neither may be possible. */
export const isSafeDivisor = (divisor: Constant): boolean => !nearNumbersOf(divisor).some((value) => value === 0 || value === -1);

/** Refuses a divisor of integers by which the runtime's process might end. */
export function checkDivisor(b: Value): void {
  const divisor = b.constant ?? refuse(`the integer divisor "${b.name}" is computed; it must be a constant`);
  if (!isSafeDivisor(divisor)) refuse("an integer divisor is 0 or -1");
}
