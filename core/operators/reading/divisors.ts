import { nearNumbersOf, type Constant } from "../../onnx/tensor.ts";

/** Processors trap on an integer division by zero and on the least integer divided by −1: neither may be possible. */
export const isSafeDivisor = (divisor: Constant): boolean => !nearNumbersOf(divisor).some((value) => value === 0 || value === -1);
