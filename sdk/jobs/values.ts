import { formatJobId } from "../../core/jobs/job.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { isRooted, outputRoots, rootsIn, valueBytes } from "../../core/program/jobOutput.ts";
import { toHex } from "../../core/bytes.ts";
import { splitUris } from "../../core/uris.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { OpgError } from "../errors.ts";
import { fetchFile as overHttp, type FetchFile } from "../files.ts";
import { decodeOutputs, type Tensor } from "../tensors/decode.ts";

/**
 * Row-major bytes of tensors whose roots the chain has, from the first address that gives them. Throws with what was wrong at each.
 * @param what names them in that error
 */
export async function rootedValues(what: string, specs: readonly TensorSpec[], roots: readonly string[], uris: string, fetchFile: FetchFile): Promise<Uint8Array> {
  const length = valueBytes({ outputs: specs });
  const faults: string[] = [];
  for (const uri of splitUris(uris)) {
    try {
      const bytes = await fetchFile(uri, length);
      if (bytes.length === length && String(outputRoots({ outputs: specs }, bytes)) === String(roots)) return bytes;
      faults.push(`${uri} gives other values`);
    } catch (error) {
      faults.push(`${uri}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new OpgError("FILE", `no address gives ${what}: ${faults.join("; ") || "there is none"}`, "try again, or fetch them yourself: `fetchFile`");
}

/** The tensors of a submitted output; those of one that was submitted by its roots are fetched, and have them. */
export async function outputTensors(
  { job: { id }, output, outputUri = "" }: Pick<JobState, "job" | "output" | "outputUri">,
  specs: readonly TensorSpec[],
  fetchFile: FetchFile = overHttp,
): Promise<Tensor[]> {
  if (output === undefined) throw new OpgError("JOB", `job ${formatJobId(id)} has no output yet`, "wait until an operator has submitted one");
  if (!isRooted({ outputs: specs })) return decodeOutputs(specs, output);
  return decodeOutputs(specs, await rootedValues(`the output of job ${formatJobId(id)}`, specs, rootsIn(output).map(toHex), outputUri, fetchFile));
}
