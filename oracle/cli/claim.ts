import type { Command } from "commander";
import { inputError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { claimsOf } from "../../core/jobs/claims.ts";
import type { Settling } from "../../core/jobs/claims.ts";
import { formatJobId, parseJobId } from "../../core/jobs/job.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { countOf, showOpg, showTime } from "../../core/words.ts";
import { settlingCall } from "../roles/settle.ts";
import { heldAt, PLACES, readAccount, withdrawal } from "./accountView.ts";
import { collectingShares } from "./parties.ts";
import type { Planned } from "./preview.ts";
import { readJobState, sends } from "./session.ts";
import type { Session } from "./session.ts";

/** Rounds of settling: a conviction by default brings fees to take back, and an upheld result one to finalize. */
const ROUNDS = 3;

export function claimCommand(parent: Command, session: (command: Command) => Session): void {
  sends(parent.command("claim [job]"))
    .description("take what a job owes to this account: fees, refunds, challenge fees, rewards; --all of every job, and into the wallet")
    .option("--all", "of every job of this account, and the shares of its models; then send all balances to the account")
    .action(async (text: string | undefined, flags: { all?: boolean }, command: Command) => {
      const current = session(command);
      const all = flags.all === true;
      if ((text === undefined) !== all) {
        throw inputError("CLAIM", all ? "a job was named beside --all" : "no job was named", { fix: "give a job id, or --all" });
      }
      const named = text === undefined ? undefined : parseJobId(text);
      const { reader } = await current.connection();
      const own = await current.address();
      const ids = named === undefined ? await reader.jobsOf(own) : [named];
      await claim(current, own, ids, all);
    });
}

interface Looked extends Settling {
  readonly state: JobState;
}

async function claim(session: Session, own: Hex, ids: readonly bigint[], all: boolean): Promise<void> {
  const { reader, calls } = await session.connection();
  const now = (await reader.head()).next;
  const taken: { job: string; step: string; transaction: Hex | null }[] = [];
  let left = await look(session, own, ids, now);
  for (let round = 0; round < ROUNDS; round++) {
    const due = left.filter(({ steps }) => steps.length > 0);
    const planned = due.flatMap(({ state, steps }) =>
      steps.map((step) => ({ job: formatJobId(state.job.id), step, kind: `${step} of ${formatJobId(state.job.id)}`, call: settlingCall(calls, step, state, now) })),
    );
    const shares: Planned[] = all && round === 0 ? await collectingShares(session, own) : [];
    if (planned.length + shares.length === 0) break;
    const sent = await session.send([...planned, ...shares]);
    planned.forEach(({ job, step }, i) => taken.push({ job, step, transaction: sent[i].hash }));
    const again = await look(session, own, due.map(({ state }) => state.job.id), now);
    left = [...left.filter(({ steps }) => steps.length === 0), ...again];
  }
  const account = await readAccount(reader, own);
  const held = all ? PLACES.map((place) => ({ place, amount: heldAt(account, place) })).filter(({ amount }) => amount > 0n) : [];
  await session.send(held.map(({ place, amount }) => withdrawal(calls, reader.deployment, place, own, amount)));
  const collected = held.reduce((sum, { amount }) => sum + amount, 0n);
  const later = left.flatMap(({ state, later: at }) => (at === undefined ? [] : [{ job: formatJobId(state.job.id), status: state.status, at }]));
  session.output.result({ address: own, taken, collected, later }, [
    ...taken.map(({ job, step }) => `${step} of ${job}`),
    all ? `collected ${showOpg(collected)}` : taken.length === 0 ? "this job owes nothing to this account now" : "it is in the account's balances: opg balance",
    ...(later.length === 0 ? [] : [`more may follow of ${countOf(later.length, "job")}:`, ...later.map(({ job, status, at }) => `  ${job}  ${status}, look again at ${showTime(at)}`)]),
  ]);
}

async function look(session: Session, own: Hex, ids: readonly bigint[], now: number): Promise<Looked[]> {
  const { reader } = await session.connection();
  const found: Looked[] = [];
  const progress = session.output.progress("jobs");
  try {
    for (const [i, id] of ids.entries()) {
      progress.update(i, ids.length);
      const state = await readJobState(reader, id);
      found.push({ state, ...claimsOf(state, own, now) });
    }
  } finally {
    progress.stop();
  }
  return found;
}
