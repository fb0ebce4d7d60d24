import type { Demand, Dispute } from "../../core/jobs/state.ts";
import type { Hex } from "../../core/hex.ts";
import type { Context, StepHandler } from "./context.ts";
import type { Tasks } from "./tasks.ts";
import { shortDigest, type Dispatch } from "./transactions.ts";

/** Each takes 3 KB at most, and a transaction 128 KB. */
const PLACES_PER_REVEAL = 32;

/** Answers challenges and demands. `publicUrl` is where this operator's API can be reached. */
export function createDefence(
  { calls }: Pick<Context, "calls">,
  dispatch: Dispatch,
  tasks: Pick<Tasks, "open" | "reveal">,
  publicUrl: string,
): { readonly open: StepHandler; readonly reveal: StepHandler } {
  const open: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const url = `${publicUrl}/jobs/${id}/tensors`;
    return (await dispatch("open", occasion, async () => calls.open(state.job, await tasks.open(occasion), url))).again;
  };

  const reveal: StepHandler = async (occasion) => {
    const { state } = occasion;
    const all = [...batches(state.dispute!)].map((batch) => batch.map(({ item }) => item as Hex));
    let shown: Promise<readonly Hex[]> | undefined;
    const due: number[] = [];
    for (const [i, items] of all.entries()) {
      const reveal = async () => calls.reveal(state.job.id, (await (shown ??= tasks.reveal(occasion, all)))[i]);
      const { again } = await dispatch("reveal", occasion, reveal, shortDigest(items));
      if (again !== undefined) due.push(again);
    }
    return due.length === 0 ? undefined : Math.min(...due);
  };

  return { open, reveal };
}

/**
 * Demands that one transaction answers, where something in it waits for an answer. Those that fall due together were
 * made together, so that a batch is always the same and no place is revealed twice.
 */
function* batches(dispute: Dispute): Generator<readonly Demand[]> {
  const times = new Set(dispute.demands.map(({ revealBy }) => revealBy));
  for (const time of times) {
    const together = dispute.demands.filter(({ revealBy }) => revealBy === time);
    for (let i = 0; i < together.length; i += PLACES_PER_REVEAL) {
      const batch = together.slice(i, i + PLACES_PER_REVEAL);
      if (batch.some(({ answered }) => !answered)) yield batch;
    }
  }
}
