import type { Move } from "../../core/dispute/game.ts";
import { encodeDemand, type Place } from "../../core/dispute/places.ts";
import { nextMove } from "../../core/dispute/solver.ts";
import type { Hex } from "../../core/hex.ts";
import type { Program } from "../../core/program/types.ts";
import type { HostContext } from "../host/context.ts";
import type { HostedVersion } from "../host/versions.ts";
import type { RecordedAccusation } from "../ports.ts";
import type { Occasion } from "./context.ts";
import { createInputSearch, type InputSearch } from "./hiddenInput.ts";
import { Recent } from "./recent.ts";
import { accusationOf, gameOf, suspectOf, type Suspect } from "./suspect.ts";

/** Disputes whose trees are held in memory; another one is begun anew when it is looked at again. */
const HELD = 4;

export interface Limits {
  readonly maxInputBytes: number;
  readonly maxTensorBytes: number;
}

/** What the search for a wrong number in an opened trace comes to, for the moment. */
export type Finding =
  | { readonly kind: "wait" | "honest" }
  /** Withheld places to demand; `seeksInput` where they are of the job's input, which nobody serves. */
  | { readonly kind: "demand"; readonly wanted: Hex; readonly places: number; readonly seeksInput: boolean }
  | { readonly kind: "accuse"; readonly accusation: RecordedAccusation };

/** What a watcher holds of one opened trace: its input first, by whatever way; with it the search for a wrong number. */
interface Investigation {
  readonly hosted: HostedVersion;
  readonly search: InputSearch;
  /** Once the input is known. */
  suspect: Suspect | undefined;
}

/** Investigates opened traces, and goes on with one where it stood when it was looked at before. */
export function createInvestigations(context: HostContext, limits: Limits): (occasion: Occasion) => Promise<Finding> {
  const held = new Recent<string, Investigation>(HELD);

  async function begin(occasion: Occasion): Promise<Investigation> {
    const hosted = await context.versions.get(occasion.state.job.version);
    return { hosted, search: createInputSearch(context, occasion, hosted, limits.maxInputBytes), suspect: undefined };
  }

  return async (occasion) => {
    const key = `${occasion.id}:${occasion.state.dispute!.opened!.traceRoot}`;
    const known = held.get(key);
    const investigation = known ?? (await begin(occasion));
    if (known === undefined) held.set(key, investigation);
    return investigate(context, occasion, investigation, limits);
  };
}

async function investigate(context: HostContext, { state }: Occasion, investigation: Investigation, limits: Limits): Promise<Finding> {
  const { hosted, search } = investigation;
  if (investigation.suspect === undefined) {
    const input = await search.next(state);
    if (!(input instanceof Uint8Array)) return input.kind === "wait" ? input : demanding(hosted.program, input.places, true);
    investigation.suspect = await suspectOf(context, state, hosted, input, limits.maxTensorBytes);
  }
  const { suspect } = investigation;
  for (;;) {
    const finding = await make(await nextMove(gameOf(suspect, state), suspect.solver), suspect);
    if (finding !== undefined) return finding;
  }
}

/** Makes a move; undefined where the next one follows at once. */
async function make(move: Move, suspect: Suspect): Promise<Finding | undefined> {
  switch (move.kind) {
    case "wait":
    case "honest":
      return { kind: move.kind };
    case "demand":
      return demanding(suspect.hosted.program, move.places, false);
    case "fetch":
      await suspect.served.fetch(move.tensors);
      return undefined;
    case "fetchRoots":
      await suspect.served.fetchRoots();
      return undefined;
    case "convict":
      return { kind: "accuse", accusation: accusationOf(suspect, move) };
  }
}

const demanding = (program: Program, places: readonly Place[], seeksInput: boolean): Finding => ({
  kind: "demand",
  wanted: encodeDemand(program, places) as Hex,
  places: places.length,
  seeksInput,
});
