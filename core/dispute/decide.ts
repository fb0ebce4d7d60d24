import { hasBounds } from "../program/program.ts";
import { Demands } from "./demands.ts";
import type { Explanation } from "./followBack.ts";
import type { Game, Move } from "./game.ts";
import type { Place } from "./places.ts";
import type { Replay, Want } from "./replay.ts";
import { missing, survey } from "./survey.ts";

/** Bounded tensors are looked at whole if their unknown leaves fit into so many rounds; else a search begins at the outputs. */
const WHOLE_ROUNDS = 2;

/** Everything that the rules need to decide on a move. */
export interface Facts {
  readonly game: Game;
  readonly replay: Replay;
  /** Tensors whose values are needed: only the first that any difference convicts, if there is one; else all that differ. */
  readonly sought: readonly Want[];
  /** Places that lead to needed, unknown roots. */
  readonly hidden: readonly Place[];
  /** Where the differing outputs come from, once that was searched for. */
  readonly explanation: Explanation | undefined;
}

/** A move; or "search": find out where the differing outputs come from, then decide again. */
export type Decision = Move | { readonly kind: "search" };

/** Gives a decision if the rule applies, else undefined. */
type DecisionRule = (facts: Facts) => Decision | undefined;

/** The facts after a replay. If a tensor differs under an exact rule, the first such tensor is enough, and no other root is needed. */
export function factsOf(game: Game, replay: Replay): Facts {
  const guilty = replay.wants.find(({ exact }) => exact);
  const sought = guilty === undefined ? replay.wants : [guilty];
  return { game, replay, sought, hidden: guilty === undefined ? hiddenRoots(game) : [], explanation: undefined };
}

/**
 * A known element, or padding, that is inadmissible convicts.
 * Rationale: it comes first, because it ends the dispute, and everything else costs time or money.
 */
const convict: DecisionRule = ({ replay }) => replay.wrong;

/**
 * If every root and every differing value is known, the trace is admissible.
 * Rationale: it comes before the rules that ask, so that those always have something to ask for.
 */
const acquit: DecisionRule = ({ sought, hidden }) => (sought.length === 0 && hidden.length === 0 ? { kind: "honest" } : undefined);

/**
 * Fetch needed roots from the operator, unless that failed before.
 * Rationale: it comes before tensors, because a tensor is checked by its root, and all roots together show which tensors differ.
 */
const fetchRoots: DecisionRule = ({ game, hidden }) => (hidden.length > 0 && !game.rootsWithheld ? { kind: "fetchRoots" } : undefined);

/**
 * Fetch needed tensors from the operator, except those for which that failed before.
 * Rationale: it comes before every demand, because fetching is free, while a demand costs money and a round.
 */
const fetchSought: DecisionRule = ({ game, sought }) => fetching(sought.map(({ tensor }) => tensor).filter((id) => !game.withheld.has(id)));

/**
 * If bounded tensors hold more unknown leaves than a few rounds can show, search for the cause of the differing outputs
 * instead of looking at all leaves.
 * Rationale: it comes after everything cheap, because the search is long; before demands, because it finds those that help.
 */
const search: DecisionRule = ({ game, sought, explanation }) => {
  if (explanation !== undefined || sought.some(({ exact }) => exact)) return undefined;
  return unknownLeaves(game, sought) > WHOLE_ROUNDS * (game.free + game.pending.size) ? { kind: "search" } : undefined;
};

/**
 * An inadmissible element that the search found convicts.
 * Rationale: it comes before everything else that the search asks for, because it ends the dispute.
 */
const convictExplained: DecisionRule = ({ explanation }) => explanation?.wrong;

/**
 * Fetch the tensors that the search reached and that were not fetched before.
 * Rationale: it comes before the search's demands, because fetching is free, while a demand costs money and a round.
 */
const fetchExplaining: DecisionRule = ({ explanation }) => fetching(explanation?.unserved ?? []);

/**
 * Demand the places that the search needs, or wait for them.
 * Rationale: it comes before demands of whole tensors, because these places are the parts of them that help.
 */
const demandExplaining: DecisionRule = ({ explanation }) => {
  if (explanation === undefined) return undefined;
  const { demands } = explanation;
  return demands.places.length > 0 || demands.awaited > 0 ? demands.move() : undefined;
};

/**
 * Demand hidden roots and the differing parts of needed tensors, or wait for them. For a tensor under an exact rule one leaf
 * is enough, which ⌈d/6⌉ + 1 demands reach in a tree of depth d. All differing leaves of bounded tensors are demanded, of
 * several tensors at the same time.
 * Rationale: it comes last, because it always applies: everything needed can be had on chain.
 */
const demandSought = ({ game, sought, hidden }: Facts): Decision => {
  const demands = new Demands(game, hidden);
  for (const { tensor, exact, partial, bases, known } of sought) {
    // One leaf should be enough. If known leaves turned out admissible, as many again are demanded: the number doubles every round.
    let wanted = exact ? Math.max(1, known) : Infinity;
    for (const group of missing(partial, bases, tensor, exact)) if (wanted-- <= 0 || !demands.add(group)) break;
  }
  return demands.move();
};

/** The rules in their order: the first that applies decides. If none does, `demandSought` does. */
const RULES: readonly DecisionRule[] = [
  convict,
  acquit,
  fetchRoots,
  fetchSought,
  search,
  convictExplained,
  fetchExplaining,
  demandExplaining,
];

/** The next move, given the facts. Pure. If the facts hold an explanation, it never answers "search". */
export function decide(facts: Facts): Decision {
  for (const rule of RULES) {
    const decision = rule(facts);
    if (decision !== undefined) return decision;
  }
  return demandSought(facts);
}

const fetching = (tensors: readonly number[]): Move | undefined => (tensors.length > 0 ? { kind: "fetch", tensors } : undefined);

/**
 * Places in which the trace differs from the challenger's own and whose roots are not known. Without bounds only the first,
 * because the first difference is a crime; else all, because another host may have other numbers within a bound.
 */
function hiddenRoots({ program, trace }: Game): Place[] {
  const places = new Map<string, Place>();
  for (let id = 0; id < program.tensorCount; id++) {
    if (trace.tensor(id) !== undefined) continue;
    const place = trace.placeOf(id);
    places.set(`${place.level}:${place.index}`, place);
  }
  const all = [...places.values()];
  return hasBounds(program) ? all : all.slice(0, 1);
}

/** The number of unknown leaves that may differ from the challenger's own. */
function unknownLeaves({ own }: Game, wants: readonly Want[]): number {
  let count = 0;
  for (const { tensor, partial } of wants) {
    for (const part of survey(partial, [own[tensor]], 0, 0)) if (part.kind === "missing") count += 2 ** (partial.depth - part.level);
  }
  return count;
}
