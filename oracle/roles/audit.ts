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

interface Audited {
  readonly state: JobState;
  /** Block of the newest event that is known of it. */
  readonly lastBlock: number;
  /** The block at which the chain said something else, if it did. */
  readonly suspectSince?: number;
}

/**
 * The net below the events: compares what they told of this account's own claims with what the chain says of the job
 * itself. Where the two still differ when the block of the difference has been read, an event was missed, and the chain is
 * read again from the last one that is known.
 */
export function createAudit(
  { address, reader, store, telemetry }: Pick<Context, "address" | "reader" | "store" | "telemetry">,
  { pollMs }: { readonly pollMs: number },
) {
  /** Claims that stake this account's bond, the one compared longest ago first. */
  const claims = new Map<string, Audited>();
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

  async function compare(id: string, audited: Audited, read: number): Promise<void> {
    const { suspectSince, lastBlock } = audited;
    if (!(await differs(audited))) return void claims.set(id, { state: audited.state, lastBlock });
    const at = reader.asOf ?? read;
    if (suspectSince === undefined) return void claims.set(id, { ...audited, suspectSince: at });
    // Events of that block are still to come, or are on their way through the daemon.
    if (read <= suspectSince) return void claims.set(id, audited);
    claims.set(id, { ...audited, suspectSince: at + AGAIN });
    telemetry.emit("chain.missed", { job: id, from: lastBlock });
    await store.rewind(lastBlock);
  }

  return {
    /** What the events tell of a job. */
    note(state: JobState, lastBlock: number, done: boolean): void {
      const id = formatJobId(state.job.id);
      const known = claims.get(id);
      if (done || state.claim.operator !== address || state.output === undefined) claims.delete(id);
      else if (known === undefined || known.lastBlock !== lastBlock) claims.set(id, { state, lastBlock });
    },
    /** Compares some; `read` is the newest block whose events are known. */
    async round(read: number): Promise<void> {
      if (claims.size === 0) return;
      openPeriod ??= (await reader.gameTerms()).openPeriod;
      const wanted = Math.ceil((TIMES * claims.size * pollMs) / (1000 * openPeriod));
      const count = Math.min(PER_ROUND.most, Math.max(PER_ROUND.least, wanted));
      for (const [id, audited] of [...claims].slice(0, count)) {
        claims.delete(id);
        await compare(id, audited, read);
      }
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;
