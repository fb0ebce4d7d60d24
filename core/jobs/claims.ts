import type { Hex } from "../hex.ts";
import { requesterOf } from "./job.ts";
import { planJob } from "./lifecycle.ts";
import type { Step } from "./lifecycle.ts";
import type { JobState } from "./state.ts";

/** Steps that anybody may take, or that only pay somebody: one transaction each, without computation. */
export const SETTLING_STEPS = ["timeout", "silence", "resolve", "finalize", "refund", "reclaim", "collect"] as const;
export type SettlingStep = (typeof SETTLING_STEPS)[number];

export interface Settling {
  readonly steps: readonly SettlingStep[];
  /** Time from which more may be due even if nothing happens on chain. */
  readonly later: number | undefined;
}

/** The steps of a job that anybody may settle now, and those that this account may. */
export function settlingOf(state: JobState, address: Hex, now: number): Settling {
  const { steps, wakeAt } = planJob(state, { address, operator: false, watcher: false, keeper: true }, now);
  return { steps: steps.filter(isSettling), later: wakeAt ?? undefined };
}

/** The same, without the steps that bring this account nothing. */
export function claimsOf(state: JobState, address: Hex, now: number): Settling {
  const { steps, later } = settlingOf(state, address, now);
  const gains = gainsOf(state, address);
  return { steps: steps.filter((step) => gains.has(step)), later: gains.size === 0 ? undefined : later };
}

const isSettling = (step: Step): step is SettlingStep => (SETTLING_STEPS as readonly string[]).includes(step);

/** The steps that pay this account when they are taken. */
function gainsOf({ job, claim, dispute }: JobState, address: Hex): ReadonlySet<SettlingStep> {
  const operates = claim.operator === address;
  const accuses = dispute !== undefined && (dispute.challengers.includes(address) || dispute.demands.some(({ demander }) => demander === address));
  const rewarded = [dispute?.verdict?.beneficiary, dispute?.verdict?.laterBeneficiary].includes(address);
  return new Set<SettlingStep>([
    ...(operates ? (["finalize", "resolve"] as const) : []),
    ...(requesterOf(job.id) === address ? (["refund"] as const) : []),
    ...(accuses ? (["timeout", "silence", "reclaim"] as const) : []),
    ...(rewarded ? (["collect"] as const) : []),
  ]);
}
