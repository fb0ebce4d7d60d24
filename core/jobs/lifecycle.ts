import type { Hex } from "../hex.ts";
import { ZERO_ADDRESS } from "./job.ts";
import { unanswered } from "./state.ts";
import type { Dispute, JobState, Verdict } from "./state.ts";

/** A step that one party can take on a job now. */
export type Step =
  /** Compute the output and submit it. */
  | "serve"
  /** Answer a challenge by committing to every tensor. */
  | "open"
  /** Recompute somebody else's result, and challenge it if it differs. */
  | "judge"
  /** The job is opened: find a wrong number and convict with it. */
  | "prosecute"
  /** Answer demands for parts of the opened trace. */
  | "reveal"
  /** The operator did not open in time. */
  | "timeout"
  /** The operator left a demand unanswered. */
  | "silence"
  /** The verdict deadline passed without conviction. */
  | "resolve"
  | "finalize"
  | "refund"
  /** Take the challenge fee back after a conviction. */
  | "reclaim"
  /** Take the reward of a conviction. */
  | "collect"
  /** Somebody else holds the reward or half of it, but this party's commitment may be better. */
  | "takeover";

export interface Party {
  readonly address: Hex;
  readonly operator: boolean;
  readonly watcher: boolean;
  /** Settles everybody's jobs, not only its own, as far as anybody may. */
  readonly keeper: boolean;
}

export interface Plan {
  readonly steps: readonly Step[];
  /**
   * Time from which more may be due even if nothing happens on chain until then; null if only an event can bring more.
   */
  readonly wakeAt: number | null;
  /** Nothing is left to do for this party, whatever happens. */
  readonly done: boolean;
}

/**
 * The steps that this job needs next from this party.
 *
 * | status    | operator                      | watcher                        | keeper                    |
 * |-----------|-------------------------------|--------------------------------|---------------------------|
 * | Requested | serve (any, or named me)      | –                              | refund after the deadline |
 * | Accepted  | serve (mine, or it lapsed)    | –                              | refund after the deadline |
 * | Submitted | finalize mine after window    | judge within the window        | finalize after the window |
 * | Challenged| open, reveal, resolve mine    | judge; prosecute; time out,    | time out, silence,        |
 * |           |                               | silence                        | resolve                   |
 * | Upheld    | finalize mine                 | –                              | finalize                  |
 * | Convicted | –                             | reclaim, collect, take over    | –                         |
 *
 * @param now timestamp of the earliest block that can contain a transaction sent now
 */
export function planJob(state: JobState, party: Party, now: number): Plan {
  const { status, claim, terms, dispute } = state;
  const mine = claim.operator === party.address;
  const settles = party.keeper || (party.operator && mine);

  switch (status) {
    case "Requested":
    case "Accepted": {
      if (now > claim.deadline) return plan(party.keeper ? ["refund"] : [], null, !party.keeper);
      const free = status === "Requested" ? claim.operator === ZERO_ADDRESS : now > claim.time && !claim.named;
      if (party.operator && (mine || free)) return plan(["serve"], claim.deadline + 1);
      return plan([], status === "Accepted" && now <= claim.time ? claim.time + 1 : claim.deadline + 1);
    }
    case "Submitted": {
      const finalizesAt = claim.time + terms.window;
      if (now >= finalizesAt) return plan(settles ? ["finalize"] : [], null);
      return plan(party.watcher && !mine ? ["judge"] : [], finalizesAt);
    }
    case "Challenged":
      return dispute === undefined ? plan([], null) : planDispute(state, dispute, party, mine, settles, now);
    case "Upheld":
      return plan(settles ? ["finalize"] : [], null);
    case "Convicted":
      return dispute?.verdict === undefined ? plan([], null, true) : planReward(dispute, dispute.verdict, party, now);
    case "None":
    case "Final":
    case "FinalUndelivered":
    case "Cancelled":
    case "Refunded":
      return plan([], null, true);
  }
}

/** Seconds for which an operator goes on serving the values of an output after its window. */
const SERVED_AFTER = 86_400;

/** The time until which this party serves the values of an output that it submitted by its roots and was paid for. */
export function servesUntil({ status, claim, terms, outputUri }: JobState, party: Party): number | undefined {
  const isPaid = status === "Final" || status === "FinalUndelivered";
  const isServed = outputUri !== undefined && party.operator && claim.operator === party.address;
  return isPaid && isServed ? claim.time + terms.window + SERVED_AFTER : undefined;
}

function planDispute(
  state: JobState,
  dispute: Dispute,
  party: Party,
  mine: boolean,
  settles: boolean,
  now: number,
): Plan {
  const { claim, terms } = state;
  const involved = party.watcher && dispute.challengers.includes(party.address);
  if (dispute.opened !== undefined) return planOpened(dispute, party, mine, settles, now);
  // Rationale: an operator never times itself out; every other party may, however late.
  if (now > dispute.openBy) return plan((party.keeper || involved) && !mine ? ["timeout"] : [], null);
  if (party.operator && mine) return plan(["open"], dispute.openBy + 1);
  const challengeable = now < claim.time + terms.window;
  return plan(party.watcher && !mine && !involved && challengeable ? ["judge"] : [], dispute.openBy + 1);
}

function planOpened(dispute: Dispute, party: Party, mine: boolean, settles: boolean, now: number): Plan {
  const waiting = unanswered(dispute);
  const due = Math.min(...waiting.map(({ revealBy }) => revealBy));
  if (now > due) return plan((party.keeper || party.watcher) && !mine ? ["silence"] : [], null);
  if (party.operator && mine && waiting.length > 0) return plan(["reveal"], due + 1);
  if (now > dispute.deadline) return plan(settles && waiting.length === 0 ? ["resolve"] : [], waiting.length === 0 ? null : due + 1);
  return plan(party.watcher && !mine ? ["prosecute"] : [], Math.min(dispute.deadline, due) + 1);
}

function planReward(dispute: Dispute, verdict: Verdict, party: Party, now: number): Plan {
  const steps: Step[] = [];
  const paid = dispute.challengers.includes(party.address) || dispute.demands.some(({ demander }) => demander === party.address);
  const owedFee = paid && !dispute.reclaimed.includes(party.address);
  if (owedFee) steps.push("reclaim");
  const held = [verdict.beneficiary, verdict.laterBeneficiary].filter((holder) => holder === party.address).length;
  // Rationale: the halves belong to the earliest and to the latest commitment; either may be ours, whoever holds it now.
  const contestable = party.watcher && verdict.by === "proof" && held < 2 && now < verdict.collectableAt;
  if (contestable) steps.push("takeover");
  if (held === 0) return plan(steps, contestable ? verdict.collectableAt : null, !contestable && !owedFee);
  if (verdict.collected) return plan(steps, null, !owedFee);
  if (now >= verdict.collectableAt) return plan([...steps, "collect"], null);
  return plan(steps, verdict.collectableAt);
}

function plan(steps: readonly Step[], wakeAt: number | null, done = false): Plan {
  return { steps, wakeAt, done };
}
