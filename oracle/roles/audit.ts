import { OpgError } from "../../core/errors.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import type { JobState } from "../../core/jobs/state.ts";
import type { Context } from "./context.ts";

/** Jobs compared in one round: a few always, and more only as far as the period to open asks for it. */
const PER_ROUND = { least: 2, most: 32 };
/** How often every job is compared within the period in which a challenge has to be answered. */
const TIMES = 4;
/** Blocks until the chain is read again for the same job. */
const AGAIN = 64;

/** Blocks of the oldest and of the newest event that are known of a job. */
interface Known {
  readonly first: number;
  readonly last: number;
}

interface Audited {
  readonly state: JobState;
  readonly known: Known;
  /** Whether the chain was read again already, from the newest event on: what was missed came before it. */
  readonly isRead?: boolean;
  /** The block at which the chain said something else, if it did. */
  readonly suspectSince?: number;
}

/**
 * The net below the events: compares what they told of this account's own claims, and of jobs whose step waits for an event,
 * with what the chain says of the job itself. Where the two still differ when the block of the difference has been read, an
 * event was missed, and the chain is read again from the last one that is known; if they differ still, from the first.
 */
export function createAudit(
  { address, reader, store, telemetry }: Pick<Context, "address" | "reader" | "store" | "telemetry">,
  { pollMs }: { readonly pollMs: number },
) {
  /** Claims that stake this account's bond, and jobs with a step in hand, the one compared longest ago first. */
  const audited = new Map<string, Audited>();
  let openPeriod: number | undefined;

  async function differs({ state }: Audited): Promise<boolean> {
    try {
      return (await reader.readJob(state.job)).status !== state.status;
    } catch (error) {
      // The chain knows no such job, or knows it in another shape.
      if (error instanceof OpgError && error.code === "CHAIN_VIEW") return true;
      throw error;
    }
  }

  async function compare(id: string, job: Audited, read: number): Promise<void> {
    const { state, suspectSince, known, isRead } = job;
    const isDifferent = await differs(job);
    // The daemon looked at the job meanwhile, and knows more of it, or needs it no more.
    if (audited.get(id) !== job) return;
    audited.delete(id);
    if (!isDifferent) return void audited.set(id, { state, known });
    const at = reader.asOf ?? read;
    if (suspectSince === undefined) return void audited.set(id, { ...job, suspectSince: at });
    // Events of that block are still to come, or are on their way through the daemon.
    if (read <= suspectSince) return void audited.set(id, job);
    audited.set(id, { ...job, suspectSince: at + AGAIN, isRead: true });
    const from = isRead === true ? known.first : known.last;
    telemetry.emit("chain.missed", { job: id, from });
    await store.rewind(from);
  }

  return {
    /**
     * What the events tell of a job.
     * @param waits whether a step of this account is in hand, whose event may be the one that was missed
     */
    note(state: JobState, known: Known, { done, waits }: { readonly done: boolean; readonly waits: boolean }): void {
      const id = formatJobId(state.job.id);
      const before = audited.get(id);
      const isOwn = state.claim.operator === address && state.output !== undefined;
      if (done || !(isOwn || waits)) audited.delete(id);
      else if (before?.known.last !== known.last) audited.set(id, { state, known });
    },
    /** Compares some; `read` is the newest block whose events are known. */
    async round(read: number): Promise<void> {
      if (audited.size === 0) return;
      openPeriod ??= (await reader.gameTerms()).openPeriod;
      const wanted = Math.ceil((TIMES * audited.size * pollMs) / (1000 * openPeriod));
      const count = Math.min(PER_ROUND.most, Math.max(PER_ROUND.least, wanted));
      for (const [id, job] of [...audited].slice(0, count)) await compare(id, job, read);
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;
