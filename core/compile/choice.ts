import type { Arithmetic } from "../program/types.ts";

/** What the compiler chooses for a node; everything else of its row follows from the canonical file. */
export interface Choice extends Arithmetic {
  /** Commit order of the output and of every input. */
  readonly perm: readonly number[];
  readonly inputPerms: readonly (readonly number[])[];
}
