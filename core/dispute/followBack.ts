import { partialClaim, wholeClaim, type Claim } from "./claims.ts";
import { Demands } from "./demands.ts";
import type { Conviction, Game, Solver } from "./game.ts";
import type { Place } from "./places.ts";
import type { Replay } from "./replay.ts";
import { placesOf } from "./survey.ts";
import { trackBack } from "./trackBack.ts";

/** The result of following the differing outputs back. */
export interface Explanation {
  readonly wrong: Conviction | undefined;
  /** Tensors with known roots that it reads and that were not fetched yet. */
  readonly unserved: readonly number[];
  /** The places that help most, after those that were needed before the search. */
  readonly demands: Demands;
}

/**
 * Follows differing outputs back to their cause, using everything known of the operator's tensors.
 * @param first places to demand before those that the search needs
 */
export async function followBack(game: Game, solver: Solver, { partials, adopted }: Replay, first: readonly Place[]): Promise<Explanation> {
  const { program, own, trace, served, withheld } = game;
  const claims = new Map<number, Claim>();
  const claim = (id: number): Claim => {
    const whole = adopted.get(id) ?? served.get(id);
    const known = claims.get(id) ?? (whole === undefined ? partialClaim(own[id], partials.get(id)) : wholeClaim(whole));
    claims.set(id, known);
    return known;
  };
  const demands = new Demands(game, first);
  const unserved: number[] = [];
  const found = await trackBack({
    program,
    claim,
    own: (id) => own[id].data,
    constant: solver.constant,
    twin: solver.twin,
    breathe: solver.breathe,
    want(id, leaves) {
      const partial = partials.get(id);
      if (partial !== undefined && !withheld.has(id)) {
        unserved.push(id);
        return false;
      }
      const before = demands.places.length;
      const more = demands.add(partial === undefined ? [trace.placeOf(id)] : placesOf(partial, id, leaves));
      // The places that help most are on their way; others may turn out to be needless.
      return more && !(demands.awaited > 0 && demands.places.length === before);
    },
  });
  return { wrong: found && { kind: "convict", ...found, trees: (id) => claim(id).tree }, unserved, demands };
}
