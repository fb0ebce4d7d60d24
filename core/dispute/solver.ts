import { decide, factsOf } from "./decide.ts";
import { followBack } from "./followBack.ts";
import type { Game, Move, Solver } from "./game.ts";
import { replay } from "./replay.ts";

/**
 * The next move of an honest challenger. What takes time comes first: the program is replayed on the operator's values
 * (`replay`); what follows from that is decided by rules in an order (`decide`). One of them may find that too much is
 * withheld to look at all of it; then what explains the differing outputs is searched for (`followBack`), and the same
 * rules decide with that.
 *
 * Under `equal`, `rounded` and `chain` any difference from an honest output is inadmissible, so that hashes lead to one leaf of
 * it; under `bound` another host may differ, so that all differing leaves are looked at, and adopted if they are admissible.
 *
 * Runs nodes by `solver.recompute`, fills `solver.cache`, and teaches `game.trace` what was shown; otherwise the move depends on
 * nothing but what is given.
 */
export async function nextMove(game: Game, solver: Solver): Promise<Move> {
  let facts = factsOf(game, await replay(game, solver));
  for (;;) {
    const decision = decide(facts);
    if (decision.kind !== "search") return decision;
    facts = { ...facts, explanation: await followBack(game, solver, facts.replay, facts.hidden) };
  }
}
