import type { ProgramFile } from "../../core/program/programFile.ts";

/** What a version states of the runs that give its results, for people. */
export const executionLines = ({ runtime, kernels, threads }: Pick<ProgramFile, "runtime" | "kernels" | "threads">): string[] => [
  `runtime       ${runtime}`,
  `kernels       ${kernels.length === 0 ? "none: every runtime that keeps to ONNX gives these values" : kernels.join(", ")}`,
  `threads       ${threads === 1 ? "1" : `up to ${threads}, without a bit changing`}`,
];
