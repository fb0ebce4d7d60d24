import { toHex } from "../../../core/bytes.ts";
import { isRooted, outputBytes, outputRoots, rootsIn } from "../../../core/program/jobOutput.ts";
import type { Program } from "../../../core/program/types.ts";
import type { ReplayCase } from "./examination.ts";
import type { ShownProof } from "./proof.ts";
import type { ServedTensors } from "./served.ts";
import { learnProof, traceOf } from "./tensors.ts";

type Roots = readonly (string | undefined)[];

/** What tells of roots beside the chain: one's own run, the operator, and what was known before. */
interface Sources {
  readonly own?: Roots;
  readonly served?: ServedTensors | undefined;
  readonly known?: Roots | undefined;
}

/** The roots that the operator committed to, as far as the chain, what it serves, and their agreement with one's own tell them. */
export async function committedRoots(
  program: Program,
  { opened, output }: ReplayCase,
  proofs: readonly ShownProof[],
  { own, served, known }: Sources,
): Promise<Roots | undefined> {
  if (opened === undefined) return undefined;
  const ids = Array.from({ length: program.tensorCount }, (_, id) => id);
  if (known?.every((root) => root !== undefined) === true) return known;
  const trace = traceOf(opened, ids.map((id) => own?.[id]));
  const submitted = submittedRoots(program, output);
  for (const proof of proofs) learnProof(trace, program, proof);
  const isMissing = (): boolean => ids.some((id) => trace.tensor(id) === undefined);
  if (served !== undefined && isMissing()) await served.learnRoots(trace);
  return ids.map((id) => known?.[id] ?? trace.tensor(id) ?? submitted.get(id));
}

/** Roots of the graph outputs as they were submitted: a trace that was opened ends in them. */
function submittedRoots(program: Program, output: Uint8Array | undefined): Map<number, string> {
  if (output?.length !== outputBytes(program)) return new Map();
  const roots = isRooted(program) ? rootsIn(output).map(toHex) : outputRoots(program, output);
  return new Map(program.outputs.map(({ id }, i) => [id, roots[i]]));
}
