import type { Command } from "commander";
import { refusedError } from "../../core/errors.ts";
import { settlingOf } from "../../core/jobs/claims.ts";
import { formatJobId, parseJobId, requesterOf } from "../../core/jobs/job.ts";
import { reasonOf } from "../../core/jobs/reason.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { showOpg, showTime } from "../../core/words.ts";
import { settlingCall } from "../roles/settle.ts";
import type { Planned } from "./preview.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";

/** What a requester, or anyone, may do about a job by hand. */
export function settleCommands(parent: Command, session: (command: Command) => Session): void {
  const onJob = (name: string, description: string, plan: (session: Session, state: JobState, now: number) => Promise<readonly Planned[]>, told: (state: JobState) => string) =>
    sends(parent.command(`${name} <job>`))
      .description(description)
      .action(async (id: string, _flags: unknown, command: Command) => {
        const current = session(command);
        const state = await current.job(parseJobId(id));
        const { reader } = await current.connection();
        const sent = await current.send(await plan(current, state, (await reader.head()).next));
        const job = formatJobId(state.job.id);
        const after = await current.job(state.job.id);
        current.output.result({ job, status: after.status, transactions: sent.map(({ hash }) => hash) }, [`${job}: ${told(state)}`]);
      });

  onJob(
    "cancel",
    "withdraw a job that nobody has reserved or served; only its requester may",
    async (current, state, now) => {
      const { job, claim, status } = state;
      const [own, requester] = [await current.address(), requesterOf(job.id)];
      if (own !== requester) throw refuse("cancelled", state, now, `it was requested by ${requester}, not by ${own}`);
      const lapsed = status === "Accepted" && now > claim.time;
      if (status !== "Requested" && !lapsed) throw refuse("cancelled", state, now);
      return [{ kind: "cancel", call: (await current.connection()).calls.cancel(job) }];
    },
    ({ terms }) => `cancelled, ${showOpg(terms.fee)} are back in the prepaid balance`,
  );

  onJob(
    "refund",
    "return the fee of a job that was not served by its deadline; anyone may",
    async (current, state, now) => {
      const { claim, status, job } = state;
      if (status !== "Requested" && status !== "Accepted") throw refuse("refunded", state, now);
      if (now <= claim.deadline) throw refuse("refunded", state, now, `it may be served until ${showTime(claim.deadline)}`);
      return [{ kind: "refund", call: (await current.connection()).calls.refund(job) }];
    },
    ({ terms, job }) => `refunded, ${showOpg(terms.fee)} are back in the prepaid balance of ${requesterOf(job.id)}`,
  );

  onJob(
    "retry",
    "make a callback again that failed, with all the gas of the transaction; anyone may",
    async (current, state, now) => {
      if (state.status !== "FinalUndelivered") throw refuse("called back again", state, now);
      return [{ kind: "retry callback", call: (await current.connection()).calls.retryCallback(state.job, state.output!) }];
    },
    () => "delivered",
  );

  onJob(
    "settle",
    "do what anyone may about a job that is due: finalize, refund, time out, silence, resolve",
    async (current, state, now) => {
      const { calls } = await current.connection();
      const { steps, later } = settlingOf(state, await current.address(), now);
      if (steps.length === 0) throw refuse("settled", state, now, later === undefined ? undefined : `nothing is due before ${showTime(later)}`);
      return steps.map((step) => ({ kind: step, call: settlingCall(calls, step, state, now) }));
    },
    () => "settled",
  );
}

function refuse(what: string, state: JobState, now: number, why?: string) {
  const id = formatJobId(state.job.id);
  return refusedError("JOB_STATUS", `job ${id} cannot be ${what}: ${why ?? `it is ${state.status}, ${reasonOf(state, now)}`}`, { fix: `see: opg job ${id}` });
}
