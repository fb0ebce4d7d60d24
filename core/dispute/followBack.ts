import { partialClaim, wholeClaim, type Claim } from "./claims.ts";
import { Demands } from "./demands.ts";
import type { Conviction, Game, Solver } from "./game.ts";
import type { Place } from "./places.ts";
import type { Replay } from "./replay.ts";
import { placesOf } from "./survey.ts";
import { trackBack } from "./trackBack.ts";

/** What following the differing outputs back came to. */
export interface Explanation {
  readonly wrong: Conviction | undefined;
  /** Tensors that it reads, whose roots are known, and that were not asked for. */
  readonly unserved: readonly number[];
  /** Places that help most, after those that were wanted before the search. */
  readonly demands: Demands;
}

/**
 * Follows differing outputs back to what explains them, on all that is known of the operator's tensors.
 * @param first places that are demanded before any that the search wants
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
      // What helps most is on its way: what helps less may turn out to be needless.
      return more && !(demands.awaited > 0 && demands.places.length === before);
    },
  });
  return { wrong: found && { kind: "convict", ...found, trees: (id) => claim(id).tree }, unserved, demands };
}
