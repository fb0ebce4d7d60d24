import { formatUnits } from "ethers";
import { z } from "zod";
import { formatJobId, requesterOf, ZERO_ADDRESS } from "../../core/jobs/job.ts";
import { reasonOf } from "../../core/jobs/reason.ts";
import { unanswered } from "../../core/jobs/state.ts";
import type { JobState, Verdict } from "../../core/jobs/state.ts";
import { greatest } from "../../core/tensor/values.ts";
import type { Values } from "../../core/tensor/values.ts";
import { showTime } from "../../core/words.ts";

const healthSchema = z.object({ waiting: z.array(z.object({ job: z.string(), for: z.string() })) });

/** What the daemon of this configuration, if it runs, waits for before it can judge the job. */
export async function waitsForHere({ host, port }: { host: string; port: number }, job: string): Promise<string | undefined> {
  const address = host === "0.0.0.0" || host === "::" || host === "[::]" ? "127.0.0.1" : host;
  try {
    const response = await fetch(`http://${address}:${port}/health`, { signal: AbortSignal.timeout(1_000), redirect: "error" });
    return healthSchema.parse(await response.json()).waiting.find((entry) => entry.job === job)?.for;
  } catch {
    // No daemon, or one that does not judge: nothing waits here.
    return undefined;
  }
}

/** What is known of a job's output as its version has it. */
export interface DecodedOutput {
  readonly values?: readonly Values[];
  /** Of an output that was submitted by its roots. */
  readonly roots?: readonly (Omit<Values, "values"> & { readonly root: string })[];
  /** Why the values behind them are not to be had. */
  readonly withheld?: string;
}

/** Why a job stands where it stands, and when its result is final. */
export function describeJob(state: JobState, now: number, decoded?: DecodedOutput): { json: Record<string, unknown>; lines: string[] } {
  const { job, status, terms, claim, dispute } = state;
  const finalizesAt = status === "Submitted" ? claim.time + terms.window : undefined;
  const reason = reasonOf(state, now);
  const output = state.output && `0x${Buffer.from(state.output).toString("hex")}`;
  const id = formatJobId(job.id);
  return {
    json: {
      job: id,
      status,
      reason,
      version: job.version,
      requester: requesterOf(job.id),
      operator: claim.operator === ZERO_ADDRESS ? null : claim.operator,
      fee: terms.fee,
      bond: terms.bond,
      window: terms.window,
      deadline: claim.deadline,
      finalizesAt: finalizesAt ?? null,
      final: status === "Final" || status === "FinalUndelivered",
      output: output ?? null,
      outputRoots: decoded?.roots ?? null,
      outputUri: state.outputUri ?? null,
      outputs: decoded?.values ?? null,
      outputWithheld: decoded?.withheld ?? null,
      challengers: dispute?.challengers ?? [],
      opened: dispute?.opened !== undefined,
      verdict: dispute?.verdict ?? null,
      unanswered: dispute === undefined ? [] : unanswered(dispute).map(({ item, revealBy }) => ({ item, revealBy })),
    },
    lines: [
      `job        ${id}`,
      `status     ${status}: ${reason}`,
      `version    ${job.version}`,
      `requester  ${requesterOf(job.id)}`,
      `operator   ${claim.operator === ZERO_ADDRESS ? "any" : claim.operator}`,
      `fee        ${formatUnits(terms.fee)} OPG, bond ${formatUnits(terms.bond)} OPG`,
      ...(finalizesAt === undefined ? [] : [`final at   ${showTime(finalizesAt)} unless challenged`]),
      ...(output === undefined ? [] : [decoded?.roots === undefined ? `output     ${output}` : `output     by its roots; values at ${state.outputUri ?? "no address"}`]),
      ...(decoded?.roots ?? []).map(({ name, dtype, dims, root }) => `  ${name}: ${dtype} [${dims.join(", ")}], root ${root}`),
      ...(decoded?.values ?? []).flatMap(describeValues),
      ...(decoded?.withheld === undefined ? [] : [`  ${decoded.withheld}`]),
      ...(dispute?.verdict === undefined ? [] : [`reward     ${describeReward(dispute.verdict)}`]),
    ],
  };
}

/** Numbers of one output that are shown to people. */
const SHOWN_VALUES = 32;

function describeValues(output: Values): string[] {
  const { name, dtype, dims, values } = output;
  const rest = values.length - SHOWN_VALUES;
  const most = greatest(output);
  return [
    `  ${name}: ${dtype} [${dims.join(", ")}]`,
    `    ${values.slice(0, SHOWN_VALUES).join(", ")}${rest > 0 ? `, … and ${rest} more (--json has all)` : ""}`,
    ...(most === undefined ? [] : [`    greatest: ${values[most]} at ${most}`]),
  ];
}

function describeReward({ by, beneficiary, laterBeneficiary, reward, collectableAt, collected }: Verdict): string {
  const whole = beneficiary === laterBeneficiary;
  const half = reward / 2n;
  const parts = whole
    ? `${formatUnits(reward)} OPG to ${beneficiary}`
    : `${formatUnits(half)} OPG to ${beneficiary} (earliest commitment), ${formatUnits(reward - half)} OPG to ${laterBeneficiary} (latest)`;
  if (collected) return `${parts}, collected`;
  return `${parts}, ${by === "proof" ? "unless somebody has a better commitment; " : ""}collectable at ${showTime(collectableAt)}`;
}
