import { getBytes } from "ethers";
import { messageOf } from "../../core/errors.ts";
import { isStatement } from "../../core/faults.ts";
import { requestKey } from "../../core/jobs/job.ts";
import { rootsIn } from "../../core/program/jobOutput.ts";
import { isFailedSelfCheck } from "../host/selfCheck.ts";
import type { Call, ChainCalls } from "../ports.ts";
import { createChecking } from "./checking.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { createFitness, type Lack } from "./fitness.ts";
import { createMeans } from "./means.ts";
import type { OperatorPolicy } from "./operatorPolicy.ts";
import { Recent } from "./recent.ts";
import type { Tasks } from "./tasks.ts";
import { intentOf, type Dispatch } from "./transactions.ts";

/** Seconds until what a job lacks is looked for again, and how often at least before its deadline. */
const LOOK_AGAIN = 15;
const LEAST_LOOKS = 8;
/** Jobs of which is remembered what they lack. */
const REMEMBERED = 4_096;

/** Serves jobs. Its rule: never submit what it could be slashed for. */
export function createServing(context: Context, dispatch: Dispatch, tasks: Tasks, policy: OperatorPolicy): StepHandler {
  const { store, calls, telemetry } = context;
  const means = createMeans(context);
  const fitness = createFitness(context, tasks, policy, means);
  const compute = createChecking(tasks, policy.bondPerCheck);
  /** By job: what it lacks, as was told. */
  const waiting = new Recent<string, Lack>(REMEMBERED);

  const serve: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const recorded = await store.result(id, requestKey(state.job));
    if (recorded !== undefined) {
      const entry = await store.outbox.get(intentOf("submit", occasion));
      if (entry !== undefined && entry.status !== "refused") return submit(occasion, recorded);
      return holdingBond(occasion, () => submit(occasion, recorded));
    }
    const unwanted = fitness.unwanted(occasion);
    if (unwanted !== undefined) return decline(id, unwanted);
    // INVARIANT: bond is set aside before anything is computed, so that no answer is computed that it does not cover.
    return holdingBond(occasion, () => answer(occasion));
  };

  async function holdingBond(occasion: Occasion, work: () => Promise<number | undefined>): Promise<number | undefined> {
    let again: number | undefined;
    const held = await means.holding(occasion, async () => {
      again = await work();
    });
    return held ? again : wait(occasion, "bond", "free bond that is not promised to other jobs");
  }

  function decline(job: string, reason: string): undefined {
    telemetry.emit("job.declined", { job, reason });
  }

  /** What a job lacks may come. Returns when to look again; tells of it once. */
  function wait({ id, state, now }: Occasion, lacking: Lack, text: string): number {
    if (waiting.get(id) !== lacking) telemetry.emit("job.waiting", { job: id, for: text });
    waiting.set(id, lacking);
    const wanted = Math.floor((state.claim.deadline - now) / LEAST_LOOKS);
    return now + Math.max(1, Math.min(LOOK_AGAIN, wanted));
  }

  async function answer(occasion: Occasion): Promise<number | undefined> {
    const { id, state } = occasion;
    const { version } = state.job;
    const declined = (reason: string) => decline(id, reason);
    const takes = await unlessRuledOut(() => fitness.footprintOf(occasion), declined);
    if (takes === undefined) return undefined;
    const never = await fitness.never(occasion, takes);
    if (never !== undefined) return decline(id, never);
    const lacking = await fitness.lacking(occasion, takes);
    if (lacking !== undefined) return wait(occasion, ...lacking);

    const answered = await unlessRuledOut(() => compute(occasion), declined);
    if (answered === undefined) return undefined;
    fitness.learn(version, answered);
    telemetry.emit("job.computed", { job: id, ms: answered.runMs });
    // The check may have been the first trace of this version.
    const slow = await fitness.tooSlow(version);
    if (slow !== undefined) return decline(id, slow);
    // INVARIANT: the answer is recorded before it is sent, and a recorded answer is the only one ever sent.
    const kept = await store.recordResult(id, requestKey(state.job), getBytes(answered.output));
    telemetry.emit("job.recorded", { job: id });
    return submit(occasion, kept);
  }

  async function submit(occasion: Occasion, output: Uint8Array): Promise<number | undefined> {
    const submission = async () => submissionOf(calls, occasion, output, (await fitness.footprintOf(occasion)).rooted, policy.publicUrl);
    const { entry, again } = await dispatch("submit", occasion, submission);
    if (entry.status === "refused") {
      telemetry.emit("job.lost", { job: occasion.id, reason: entry.error ?? "refused" });
    }
    return again;
  }

  return serve;
}

/** Submits an output; with a rooted one, where its values are served. */
const submissionOf = (calls: ChainCalls, { id, state }: Occasion, output: Uint8Array, rooted: boolean, publicUrl: string): Call =>
  rooted ? calls.submitByRoots(state.job, rootsIn(output), `${publicUrl}/jobs/${id}/output`) : calls.submit(state.job, output);

/** What the protocol, the version or the input rule out now, they rule out for ever. */
async function unlessRuledOut<T>(work: () => Promise<T>, decline: (reason: string) => undefined): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isStatement(error) || isFailedSelfCheck(error)) throw error;
    return decline(messageOf(error));
  }
}
