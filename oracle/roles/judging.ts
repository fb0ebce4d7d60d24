import { challengePrice } from "../../core/dispute/prices.ts";
import { isTransient, messageOf } from "../../core/errors.ts";
import { jobDigest } from "../../core/jobs/job.ts";
import type { RecordedVerdict } from "../ports.ts";
import { createAskingAgain } from "./askingAgain.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { riskOfSeeing } from "./hiddenInput.ts";
import type { Cautiously } from "./doubt.ts";
import type { Purse } from "./purse.ts";
import { createBudget } from "./spending.ts";
import type { Judgement, Tasks } from "./tasks.ts";
import type { WatcherPolicy } from "./watcherPolicy.ts";

/** Recomputes what was submitted, and challenges what is wrong or, at last, what nobody can see. */
export function createJudging(
  context: Context,
  tasks: Pick<Tasks, "judge">,
  purse: Purse,
  policy: WatcherPolicy,
  cautiously: Cautiously,
): StepHandler {
  const { store, reader, calls } = context;
  const asking = createAskingAgain(context);
  const challengeHidden = createHiddenChallenge(context, purse, policy);

  /** A judgement, or when to ask for what it takes again. */
  async function judge(occasion: Occasion): Promise<Judgement | { readonly again: number }> {
    try {
      return await tasks.judge(occasion);
    } catch (error) {
      if (!isTransient(error)) throw error;
      return { again: asking.after(occasion, messageOf(error)) };
    }
  }

  return async (occasion) => {
    const { id, state } = occasion;
    if (policy.versions !== "all" && !policy.versions.includes(state.job.version)) return undefined;
    const subject = jobDigest(state.job);
    const recorded = await store.verdict(id, subject);
    const judgement = recorded ?? (await judge(occasion));
    if ("again" in judgement) return judgement.again;
    if (judgement.verdict === "unavailable") {
      return (await challengeHidden(occasion, judgement.places)) ?? asking.after(occasion, judgement.detail);
    }
    asking.had(id);
    if (recorded === undefined) {
      await store.recordVerdict(id, subject, judgement);
      tell(context, id, judgement);
    }
    if (judgement.verdict !== "mismatch" && judgement.verdict !== "doubtful") return undefined;
    const price = challengePrice(await reader.gameTerms(), state.terms.bond);
    const challenge = () => purse.spend("challenge", occasion, price, () => calls.challenge(state.job));
    return judgement.verdict === "doubtful" ? cautiously(occasion, "challenge", price, challenge) : challenge();
  };
}

function tell({ telemetry }: Pick<Context, "telemetry">, job: string, { verdict, detail }: RecordedVerdict): void {
  if (verdict === "match") telemetry.emit("watch.matched", { job });
  if (verdict === "mismatch") telemetry.emit("watch.mismatched", { job, detail });
  if (verdict === "doubtful") telemetry.emit("watch.doubted", { job, detail });
  if (verdict === "unknown") telemetry.emit("watch.gave-up", { job, reason: detail });
}

/** Challenges a job whose input nobody serves, so that its operator must show it; undefined as long as it is not time. */
function createHiddenChallenge({ store, reader, calls, telemetry }: Context, purse: Purse, policy: WatcherPolicy) {
  // So that nobody baits a watcher dry with right results.
  const budget = createBudget(store, "hidden-input", { perDay: policy.hiddenInputBudget });

  return async (occasion: Occasion, places: number): Promise<number | undefined> => {
    const { id, state, now } = occasion;
    if (now < state.claim.time + Math.floor(policy.hiddenInputAfter * state.terms.window)) return undefined;
    const terms = await reader.gameTerms();
    const risk = riskOfSeeing(places, state, terms);
    const hasRoom = async (amount: bigint) => (await budget.reserve(id, "risk", amount, now)) === undefined;
    const spent = "the day's budget for hidden inputs is spent";
    const reason = "reason" in risk ? risk.reason : (await hasRoom(risk.amount)) ? undefined : spent;
    if (reason !== undefined) {
      telemetry.emit("watch.hidden-input", { job: id, reason: `not challenged: ${reason}` });
      return undefined;
    }
    telemetry.emit("watch.hidden-input", { job: id, reason: "challenged, so that its operator shows it" });
    return purse.spend("challenge", occasion, challengePrice(terms, state.terms.bond), () => calls.challenge(state.job));
  };
}
