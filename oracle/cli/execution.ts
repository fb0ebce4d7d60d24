import { isRooted, MAX_INLINE_OUTPUT, valueBytes } from "../../core/program/jobOutput.ts";
import type { ProgramFile } from "../../core/program/programFile.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { countOf } from "../../core/words.ts";
import { describeSpec } from "./parse.ts";

/** What a version states of the runs that give its results, for people. */
export const executionLines = ({ runtime, kernels, threads }: Pick<ProgramFile, "runtime" | "kernels" | "threads">): string[] => [
  `runtime       ${runtime}`,
  `kernels       ${kernels.length === 0 ? "none: every runtime that keeps to ONNX gives these values" : kernels.join(", ")}`,
  `threads       ${threads === 1 ? "1" : `up to ${threads}, without a bit changing`}`,
];

/** The outputs of a version, and in which form its jobs have them, for people. */
export function outputLines(outputs: readonly TensorSpec[]): string[] {
  const program = { outputs };
  const form = `              (jobs give the roots: these are ${countOf(valueBytes(program), "byte")}, more than ${MAX_INLINE_OUTPUT}; whoever operates serves them)`;
  return [...outputs.map((spec) => `output        ${describeSpec(spec)}`), ...(isRooted(program) ? [form] : [])];
}
