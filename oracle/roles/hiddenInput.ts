import { decodeReveal } from "../../core/dispute/places.ts";
import { seekInput } from "../../core/dispute/hiddenInput.ts";
import { challengePrice, demandPrice } from "../../core/dispute/prices.ts";
import type { Move } from "../../core/dispute/game.ts";
import { unanswered, type JobState } from "../../core/jobs/state.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { GameTerms } from "../ports.ts";
import type { Occasion } from "./context.ts";
import type { HostContext } from "../host/context.ts";
import { inputOf, isUnavailableInput } from "../host/jobInput.ts";
import { joinOutput, type HostedVersion } from "../host/versions.ts";

/** Reveal periods of a prove period that are not for the input: one to open late, one for the lie behind it, one to convict. */
const SPARE_PERIODS = 3;

/** Why an input of so many leaves cannot be seen by demands, if it cannot; else what that puts at risk. */
export function riskOfSeeing(places: number, state: JobState, terms: GameTerms): { reason: string } | { amount: bigint } {
  const rounds = Math.floor(terms.provePeriod / terms.revealPeriod) - SPARE_PERIODS;
  const most = rounds * terms.maxOpenDemands;
  if (places > most) return { reason: `its ${places} leaves are more than the ${most} that can be demanded in time` };
  const { fee, deposit } = demandPrice(terms, state.terms.bond);
  return { amount: challengePrice(terms, state.terms.bond) + BigInt(places) * (fee + deposit) };
}

/** Gets at the input of an opened job: from its requester, else from the operator, else by demands. */
export interface InputSearch {
  /** Nobody served it: it is, or was, demanded. */
  readonly isHidden: boolean;
  next(state: JobState): Promise<Uint8Array | (Move & { kind: "demand" | "wait" })>;
}

export function createInputSearch(context: HostContext, { state, id }: Occasion, hosted: HostedVersion, maxBytes: number): InputSearch {
  const { program } = hosted;
  const served = new Map<number, Uint8Array>();
  let isHidden = false;

  /** The operator committed to the inputs as its first tensors, and serves them as such. */
  async function ask(uri: string, roots: readonly string[]): Promise<void> {
    for (const [i, spec] of program.inputs.entries()) {
      const plain = { ...spec, perm: spec.dims.map((_, axis) => axis) };
      const bytes = await context.files
        .download(`${uri}/${i}`, byteLength(spec), (content) => tensorRoot(plain, content) === roots[i])
        .catch(() => undefined);
      if (bytes !== undefined) served.set(i, bytes);
    }
  }

  return {
    get isHidden() {
      return isHidden;
    },
    async next({ dispute, input }) {
      if (!isHidden) {
        try {
          return await inputOf(context, state, maxBytes);
        } catch (error) {
          if (!isUnavailableInput(error) || input.kind !== "roots") throw error;
          isHidden = true;
          context.telemetry.emit("watch.hidden-input", { job: id, reason: "its operator is asked to show the input" });
          await ask(dispute!.opened!.uri, input.roots);
        }
      }
      if (input.kind !== "roots") throw new Error(`the input of ${id} is known and hidden at once`);
      const { maxOpenDemands } = await context.reader.gameTerms();
      const pending = new Set<string>(unanswered(dispute!).map(({ item }) => item));
      const shown = dispute!.shown.flatMap(decodeReveal);
      const found = seekInput({ program, roots: input.roots, served, shown, pending, free: maxOpenDemands - pending.size });
      return Array.isArray(found) ? joinOutput(found) : found;
    },
  };
}
