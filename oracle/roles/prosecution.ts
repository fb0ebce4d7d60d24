import { demandPrice } from "../../core/dispute/prices.ts";
import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { ZERO_HASH } from "../../core/jobs/job.ts";
import type { RecordedAccusation, Revert } from "../ports.ts";
import { LOOK_AGAIN } from "./askingAgain.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { COMMIT_MARGIN, type Conviction } from "./conviction.ts";
import { isInDoubt, type Cautiously } from "./doubt.ts";
import type { Purse } from "./purse.ts";
import type { Tasks } from "./tasks.ts";
import { shortDigest } from "./transactions.ts";

/** What the contract says against the first step of an accusation, if anything. */
async function contested(
  { calls, reader, address }: Context,
  { state: { job } }: Occasion,
  { pieces, proof }: RecordedAccusation,
): Promise<Revert | undefined> {
  const first = pieces.length === 0 ? calls.convict(job, proof, ZERO_HASH) : calls.advance(job, pieces[0].until, pieces[0].proof);
  const simulated = await reader.simulate(first, address);
  if (!simulated.ok && simulated.doubtful === true) throw transientError("CONVICT_REFUSED", simulated.error);
  return simulated.ok ? undefined : simulated;
}

/** Finds what is wrong in an opened trace, demands what it takes to see it, and accuses. */
export function createProsecution(
  context: Context,
  tasks: Pick<Tasks, "investigate">,
  purse: Purse,
  convict: Conviction["convict"],
  cautiously: Cautiously,
): StepHandler {
  const { store, reader, calls, telemetry } = context;

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
    const part = shortDigest([wanted]);
    const spend = () => purse.spend("demand", occasion, price, demanding, part);
    // What is served costs nothing to look at; what is withheld may be a bait.
    return (await isInDoubt(context, occasion)) ? cautiously(occasion, `demand-${part}`, price, spend) : spend();
  }

  async function accuse(occasion: Occasion, accusation: RecordedAccusation): Promise<number | undefined> {
    const { id, state } = occasion;
    const { traceRoot } = state.dispute!.opened!;
    const refusal = await contested(context, occasion, accusation);
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

  return async (occasion) => {
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
        if (found.seeksInput && !dispute.challengers.includes(context.address)) return occasion.now + LOOK_AGAIN;
        return demand(occasion, found.wanted, found.places);
      case "accuse":
        return accuse(occasion, found.accusation);
    }
  };
}
