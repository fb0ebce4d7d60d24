import { messageOf, OpgError, refusedError, transientError } from "../../core/errors.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { inlineCommitment } from "../../core/program/program.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { HostContext } from "./context.ts";
import { splitInput } from "./versions.ts";

/** No address that the request names has the input at this moment. */
const INPUT_UNAVAILABLE = "INPUT_UNAVAILABLE";

export const isUnavailableInput = (error: unknown): boolean => error instanceof OpgError && error.code === INPUT_UNAVAILABLE;

/**
 * The job's input bytes, checked against its commitment. What was downloaded is kept on the shelf, if there is one: a
 * requester that takes it from the net again would have an honest operator unable to answer, and a watcher to prove.
 */
export async function inputOf(
  context: Pick<HostContext, "files" | "versions"> & Partial<Pick<HostContext, "shelf">>,
  state: JobState,
  maxBytes: number,
): Promise<Uint8Array> {
  const { input, job } = state;
  if (input.kind === "inline") {
    if (input.bytes.length > maxBytes) throw refusedError("INPUT_TOO_LONG", `the input has ${input.bytes.length} bytes`);
    if (inlineCommitment(input.bytes) !== job.input) throw refusedError("INPUT_COMMITMENT", "the input is not the job's");
    return input.bytes;
  }
  const { program } = await context.versions.get(job.version);
  const specs = program.inputs;
  const length = specs.reduce((sum, spec) => sum + byteLength(spec), 0);
  if (length > maxBytes) throw refusedError("INPUT_TOO_LONG", `the input has ${length} bytes`);
  if (specs.length !== input.roots.length) {
    throw refusedError("INPUT_ROOTS", `${input.roots.length} input roots for a program of ${specs.length} inputs`);
  }
  const authentic = (bytes: Uint8Array) =>
    splitInput(program, bytes).every(
      (part, i) => tensorRoot({ ...specs[i], perm: specs[i].dims.map((_, axis) => axis) }, part) === input.roots[i],
    );
  const id = formatJobId(job.id);
  const kept = await context.shelf?.input(id);
  if (kept?.length === length && authentic(kept)) return kept;
  const bytes = await context.files.download(input.uri, length, authentic).catch((error: unknown) => {
    throw transientError(INPUT_UNAVAILABLE, `the input is not to be had: ${messageOf(error)}`);
  });
  await context.shelf?.putInput(id, bytes);
  return bytes;
}
