/** One line for a subject on a host. */
import { compare, describe } from "./compare.ts";
import type { Host } from "./hosts.ts";
import type { Report } from "./report.ts";
import type { Subject } from "./subjects.ts";

export interface Row {
  readonly host: string;
  readonly instructions: string;
  readonly runtime: string;
  readonly subject: string;
  readonly tensors: number;
  readonly outcome: string;
}

/** What came of every subject on a host, beside the native report. */
export function rowsOf({ name, instructions }: Host, { runtime, faults, outcomes }: Report, native: Report, subjects: readonly Subject[]): Row[] {
  return subjects.map((subject, i) => {
    const comparison = compare(subject, native.outcomes[i], outcomes[i]);
    const compared = describe(comparison);
    const { objection } = outcomes[i];
    const refusal = faults.length > 0 ? "the self-test refuses the host" : objection && `the version is refused: ${objection}`;
    const what = subject.version === undefined ? `${subject.name}, the file as it is` : subject.name;
    const outcome = refusal === undefined ? compared : `${refusal}; ${compared}`;
    return { host: name, instructions, runtime, subject: what, tensors: comparison.tensors, outcome };
  });
}
