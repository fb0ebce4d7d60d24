import { keccak256 } from "ethers";
import { challengePrice, demandPrice } from "../../core/dispute/prices.ts";
import { isTransient, messageOf, transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { jobDigest, ZERO_HASH } from "../../core/jobs/job.ts";
import type { RecordedAccusation, Revert, SpendingLimits } from "../ports.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { riskOfSeeing } from "./hiddenInput.ts";
import { createPurse } from "./purse.ts";
import { createBudget } from "./spending.ts";
import type { Judgement, Tasks } from "./tasks.ts";
import { shortDigest } from "./transactions.ts";
import type { Dispatch, Dispatched } from "./transactions.ts";

export interface WatcherPolicy {
  readonly versions: "all" | readonly string[];
  /** Part of the window after which a job whose input nobody serves is challenged. */
  readonly hiddenInputAfter: number;
  /** What such challenges may put at risk in a day. */
  readonly hiddenInputBudget: bigint;
  /** What all challenges and demands may put at risk; nothing limits it where it is absent. */
  readonly spending?: SpendingLimits;
}

/** Seconds before the verdict deadline from which a proof is sent at once, without committing to it first. */
const COMMIT_MARGIN = 60;
/** Seconds until something is asked for again that was not to be had; the last one over and over. */
const ASK_AGAIN = [5, 10, 20, 40, 60];
/** It is asked for this often at least in what is left of a window. */
const LEAST_TRIES = 8;
/** Jobs of which it is remembered how often they were tried. */
const REMEMBERED = 10_000;

/**
 * Salts of the commitments to a proof, the earliest first. Where pieces go before it, they show the proof to everybody;
 * a second commitment right before the conclusion keeps the later half of the reward. Its salt comes from the first one,
 * which stays secret until it is needed.
 */
const saltsOf = ({ pieces, salt }: RecordedAccusation): readonly [earliest: Hex, latest: Hex] => [
  salt,
  pieces.length === 0 ? salt : (keccak256(salt) as Hex),
];

/** Recomputes results and convicts wrong ones. Its rule: never accuse an honest run. */
export function createWatcher(context: Context, dispatch: Dispatch, tasks: Tasks, policy: WatcherPolicy) {
  const { store, reader, calls, telemetry } = context;
  const purse = createPurse(context, dispatch, policy.spending);
  // So that nobody baits a watcher dry with right results.
  const blind = createBudget(store, "hidden-input", { perDay: policy.hiddenInputBudget });
  /** By job: how often something that it needs was not to be had. */
  const tries = new Map<string, number>();

  const judge: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    if (policy.versions !== "all" && !policy.versions.includes(state.job.version)) return undefined;
    const subject = jobDigest(state.job);
    const recorded = await store.verdict(id, subject);
    let verdict: Judgement;
    try {
      verdict = recorded ?? (await tasks.judge(occasion));
    } catch (error) {
      if (!isTransient(error)) throw error;
      return askAgain(occasion, messageOf(error));
    }
    if (verdict.verdict === "unavailable") {
      return (await challengeHidden(occasion, verdict.places)) ?? askAgain(occasion, verdict.detail);
    }
    tries.delete(id);
    if (recorded === undefined) {
      await store.recordVerdict(id, subject, verdict);
      if (verdict.verdict === "match") telemetry.emit("watch.matched", { job: id });
      if (verdict.verdict === "mismatch") telemetry.emit("watch.mismatched", { job: id, detail: verdict.detail });
      if (verdict.verdict === "unknown") telemetry.emit("watch.gave-up", { job: id, reason: verdict.detail });
    }
    if (verdict.verdict !== "mismatch") return undefined;
    const price = challengePrice(await reader.gameTerms(), state.terms.bond);
    return purse.spend("challenge", occasion, price, () => calls.challenge(state.job));
  };

  /** INVARIANT: nothing but a judgement is final while the window is open: who serves nothing now may serve it later. */
  function askAgain({ id, state, now }: Occasion, reason: string): number {
    const count = tries.get(id) ?? 0;
    tries.delete(id);
    tries.set(id, count + 1);
    if (tries.size > REMEMBERED) tries.delete(tries.keys().next().value!);
    const left = state.claim.time + state.terms.window - now;
    const seconds = Math.max(1, Math.min(ASK_AGAIN[Math.min(count, ASK_AGAIN.length - 1)], Math.floor(left / LEAST_TRIES)));
    telemetry.emit("watch.waiting", { job: id, for: reason, seconds });
    return now + seconds;
  }

  /** Challenges a job whose input nobody serves, so that its operator must show it; undefined as long as it is not time. */
  async function challengeHidden(occasion: Occasion, places: number): Promise<number | undefined> {
    const { id, state, now } = occasion;
    if (now < state.claim.time + Math.floor(policy.hiddenInputAfter * state.terms.window)) return undefined;
    const terms = await reader.gameTerms();
    const risk = riskOfSeeing(places, state, terms);
    const hasRoom = async (amount: bigint) => (await blind.reserve(id, "risk", amount, now)) === undefined;
    const reason = "reason" in risk ? risk.reason : (await hasRoom(risk.amount)) ? undefined : "the day's budget for hidden inputs is spent";
    if (reason !== undefined) {
      telemetry.emit("watch.hidden-input", { job: id, reason: `not challenged: ${reason}` });
      return undefined;
    }
    telemetry.emit("watch.hidden-input", { job: id, reason: "challenged, so that its operator shows it" });
    return purse.spend("challenge", occasion, challengePrice(terms, state.terms.bond), () => calls.challenge(state.job));
  }

  const prosecute: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const dispute = state.dispute;
    if (dispute?.opened === undefined) return undefined;
    const { traceRoot } = dispute.opened;
    if ((await store.verdict(id, traceRoot)) !== undefined) return undefined;
    const recorded = await store.accusation(id, traceRoot);
    if (recorded !== undefined) return convict(occasion, recorded, dispute.deadline);

    const found = await tasks.investigate(occasion);
    switch (found.kind) {
      case "wait":
        return undefined;
      case "honest":
        await store.recordVerdict(id, traceRoot, { verdict: "match", detail: "every tensor is admissible" });
        telemetry.emit("watch.matched", { job: id });
        return undefined;
      case "demand":
        // Whoever did not challenge set nothing aside for this, and sees what the challengers have shown to them.
        if (found.seeksInput && !dispute.challengers.includes(context.address)) return occasion.now + ASK_AGAIN[0];
        return demand(occasion, found.wanted, found.places);
      case "accuse":
        return accuse(occasion, found.accusation);
    }
  };

  async function accuse(occasion: Occasion, accusation: RecordedAccusation): Promise<number | undefined> {
    const { id, state } = occasion;
    const { traceRoot } = state.dispute!.opened!;
    const refusal = await contested(occasion, accusation);
    if (refusal !== undefined) {
      // Rationale: only a judgement is final. Whatever else is in the way, such as a reorganisation, may pass.
      if (refusal.name !== "ElementAdmissible") throw transientError("CONVICT_REFUSED", refusal.error);
      // INVARIANT: the contract has the last word before an accusation: what it does not convict is not sent.
      const detail = `the contract does not convict by node ${accusation.node}, element ${accusation.element}: ${refusal.error}`;
      await store.recordVerdict(id, traceRoot, { verdict: "unknown", detail });
      telemetry.emit("watch.gave-up", { job: id, reason: detail });
      return undefined;
    }
    // The salt is in the store before the commitment leaves: without it the commitment is worth nothing.
    const kept = await store.recordAccusation(id, traceRoot, accusation);
    telemetry.emit("watch.accused", { job: id, node: kept.node, element: kept.element });
    return convict(occasion, kept, state.dispute!.deadline);
  }

  /** Demands what the operator does not serve, as long as the answer can still be used. */
  async function demand(occasion: Occasion, wanted: Hex, places: number): Promise<number | undefined> {
    const { id, state, now } = occasion;
    const gameTerms = await reader.gameTerms();
    // An answer at the very deadline leaves no time to convict by it.
    if (now + gameTerms.revealPeriod + COMMIT_MARGIN / 2 > state.dispute!.deadline) {
      telemetry.emit("watch.gave-up", { job: id, reason: "too late to demand what the operator withholds" });
      return undefined;
    }
    const demanding = () => {
      telemetry.emit("watch.demanded", { job: id, places });
      return calls.demand(state.job, wanted);
    };
    const { fee, deposit } = demandPrice(gameTerms, state.terms.bond);
    const price = BigInt(places) * (fee + deposit);
    return purse.spend("demand", occasion, price, demanding, shortDigest([wanted]));
  }

  async function convict(occasion: Occasion, accusation: RecordedAccusation, deadline: number): Promise<number | undefined> {
    const { state, now } = occasion;
    const { pieces, proof } = accusation;
    const [earliest, latest] = saltsOf(accusation);
    const hurried = now + COMMIT_MARGIN > deadline;
    const committing = hurried ? undefined : await commit(occasion, proof, earliest);
    if (committing !== undefined) return committing;
    const unfinished = await advance(occasion, pieces);
    if (unfinished !== undefined) return unfinished.again;
    // Rationale: the pieces are public, so that somebody may have committed to their conclusion meanwhile.
    const concluding = hurried ? undefined : await commit(occasion, proof, latest);
    if (concluding !== undefined) return concluding;
    const salt = (await committedAt(occasion, proof, latest)) === 0 ? earliest : latest;
    return (await dispatch("convict", occasion, () => calls.convict(state.job, proof, salt))).again;
  }

  const committedAt = ({ state }: Occasion, proof: Uint8Array, salt: Hex): Promise<number> =>
    reader.committedAt(calls.commitmentOf(state.job.id, context.address, proof, salt));

  /** Commits once; when to look again, until a conviction would be in a later second than the commitment. */
  async function commit(occasion: Occasion, proof: Uint8Array, salt: Hex): Promise<number | undefined> {
    const committed = await committedAt(occasion, proof, salt);
    if (committed !== 0) return committed < occasion.now ? undefined : committed + 1;
    const commitment = calls.commitmentOf(occasion.state.job.id, context.address, proof, salt);
    const { entry, again } = await dispatch("commit", occasion, () => calls.commit(commitment), commitment.slice(2, 14));
    return entry.status === "refused" ? undefined : again;
  }

  /** Sends the next piece of a long element; undefined when all are mined. */
  async function advance(occasion: Occasion, pieces: RecordedAccusation["pieces"]): Promise<Dispatched | undefined> {
    const { job, dispute } = occasion.state;
    const done = pieces.findIndex(({ until }) => until === dispute!.advanced[context.address]) + 1;
    if (done === pieces.length) return undefined;
    const { until, proof } = pieces[done];
    return dispatch("advance", occasion, () => calls.advance(job, until, proof), String(done));
  }

  /** What the contract says against the first step of an accusation, if anything. */
  async function contested(occasion: Occasion, { pieces, proof }: RecordedAccusation): Promise<Revert | undefined> {
    const { job } = occasion.state;
    const first = pieces.length === 0 ? calls.convict(job, proof, ZERO_HASH) : calls.advance(job, pieces[0].until, pieces[0].proof);
    const simulated = await reader.simulate(first, context.address);
    if (!simulated.ok && simulated.doubtful === true) throw transientError("CONVICT_REFUSED", simulated.error);
    return simulated.ok ? undefined : simulated;
  }

  const takeover: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const accusation = state.dispute?.opened && (await store.accusation(id, state.dispute.opened.traceRoot));
    if (accusation === undefined) return undefined;
    const { pieces, proof } = accusation;
    const claims: Hex[] = [];
    for (const salt of new Set(saltsOf(accusation))) if ((await committedAt(occasion, proof, salt)) !== 0) claims.push(salt);
    // Without a commitment there is nothing to take over.
    if (claims.length === 0) return undefined;
    const unfinished = await advance(occasion, pieces);
    if (unfinished !== undefined) return unfinished.again;
    for (const salt of claims) {
      const call = calls.convict(state.job, proof, salt);
      if (!(await reader.simulate(call, context.address)).ok) continue;
      return (await dispatch("takeover", occasion, () => call, shortDigest([salt]))).again;
    }
    return undefined;
  };

  return { judge, prosecute, takeover };
}
