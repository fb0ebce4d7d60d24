import { decide, factsOf } from "./decide.ts";
import { followBack } from "./followBack.ts";
import type { Game, Move, Solver } from "./game.ts";
import { replay } from "./replay.ts";

/**
 * The next move of an honest challenger. First it replays the program on the operator's values, which takes time (`replay`).
 * Then an ordered list of rules decides from the result (`decide`). One rule may find that too much is withheld to look at
 * all of it. Then it searches for the cause of the differing outputs (`followBack`), and the same rules decide again.
 *
 * Under `equal`, `rounded` and `chain` any difference from an honest output is inadmissible, so hashes lead to one differing
 * leaf. Under `bound` another host may differ, so all differing leaves are looked at, and adopted if they are admissible.
 *
 * Runs nodes with `solver.recompute`, fills `solver.cache`, and adds to `game.trace` what was shown. Otherwise the move depends
 * on the arguments alone.
 */
export async function nextMove(game: Game, solver: Solver): Promise<Move> {
  let facts = factsOf(game, await replay(game, solver));
  for (;;) {
    const decision = decide(facts);
    if (decision.kind !== "search") return decision;
    facts = { ...facts, explanation: await followBack(game, solver, facts.replay, facts.hidden) };
  }
}
