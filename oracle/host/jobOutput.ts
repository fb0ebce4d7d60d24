import { sameBytes } from "../../core/bytes.ts";
import { messageOf, refusedError, transientError } from "../../core/errors.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { jobOutput, outputBytes, isRooted, valueBytes } from "../../core/program/jobOutput.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import type { Files } from "../ports.ts";

/**
 * The values of the graph outputs that a submitted output stands for: its own bytes, or those behind its roots, fetched from where
 * they are served and checked against the roots. An output that no run of the program gives is returned as it is.
 */
export async function submittedValues(
  files: Pick<Files, "download">,
  program: { readonly outputs: readonly TensorSpec[] },
  { output, outputUri }: Pick<JobState, "output" | "outputUri">,
  maxBytes: number,
): Promise<Uint8Array> {
  if (output === undefined) throw refusedError("OUTPUT_MISSING", "no output was submitted yet");
  if (!isRooted(program) || output.length !== outputBytes(program)) return output;
  const length = valueBytes(program);
  if (length > maxBytes) throw refusedError("OUTPUT_TOO_LONG", `the output has ${length} bytes`);
  if (outputUri === undefined) throw transientError("OUTPUT_UNAVAILABLE", "the operator named no address of the output's values");
  const authentic = (values: Uint8Array) => sameBytes(jobOutput(program, values), output);
  return files.download(outputUri, length, authentic).catch((error: unknown) => {
    throw transientError("OUTPUT_UNAVAILABLE", `the values of the output are not to be had: ${messageOf(error)}`);
  });
}
