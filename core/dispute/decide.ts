import { Rule } from "../program/types.ts";
import { Demands } from "./demands.ts";
import type { Explanation } from "./followBack.ts";
import type { Game, Move } from "./game.ts";
import type { Place } from "./places.ts";
import type { Replay, Want } from "./replay.ts";
import { missing, survey } from "./survey.ts";

/** Rounds' worth of leaves up to which all bounded tensors are looked at whole, rather than what explains an output. */
const WHOLE_ROUNDS = 2;

/** What a move is decided by. */
export interface Facts {
  readonly game: Game;
  readonly replay: Replay;
  /** Tensors whose values are sought: the first of which any difference convicts, alone; else all that differ. */
  readonly sought: readonly Want[];
  /** Places that lead to roots that are needed and not known. */
  readonly hidden: readonly Place[];
  /** What the differing outputs come from, once it was searched for. */
  readonly explanation: Explanation | undefined;
}

/** A move, or that the search for what explains the differing outputs is to be made and the move decided by it. */
export type Decision = Move | { readonly kind: "search" };

/** The decision where the rule applies, else undefined. */
type DecisionRule = (facts: Facts) => Decision | undefined;

/** What follows from a replay. A crime needs no other roots: what differs first under an exact rule is enough. */
export function factsOf(game: Game, replay: Replay): Facts {
  const guilty = replay.wants.find(({ exact }) => exact);
  const sought = guilty === undefined ? replay.wants : [guilty];
  return { game, replay, sought, hidden: guilty === undefined ? hiddenRoots(game) : [], explanation: undefined };
}

/**
 * A known element, or padding, that is inadmissible convicts.
 * Rationale: first, for it ends the dispute, and everything else costs time or money.
 */
const convict: DecisionRule = ({ replay }) => replay.wrong;

/**
 * Where every root is known and nothing that differs is unknown, the trace is admissible.
 * Rationale: before all that asks, so that whatever follows has something to ask for.
 */
const acquit: DecisionRule = ({ sought, hidden }) => (sought.length === 0 && hidden.length === 0 ? { kind: "honest" } : undefined);

/**
 * Roots that are needed are asked for, unless they were in vain.
 * Rationale: before tensors, for a tensor is checked by its root, and with all roots it shows which tensors differ at all.
 */
const fetchRoots: DecisionRule = ({ game, hidden }) => (hidden.length > 0 && !game.rootsWithheld ? { kind: "fetchRoots" } : undefined);

/**
 * Tensors that are sought are asked for, but for those that were in vain.
 * Rationale: before every demand, for asking is free, and a demand is paid for and takes a round.
 */
const fetchSought: DecisionRule = ({ game, sought }) => fetching(sought.map(({ tensor }) => tensor).filter((id) => !game.withheld.has(id)));

/**
 * Where bounded tensors hold more unknown leaves than a few rounds of demands, what explains the differing outputs is
 * searched for, rather than all of them looked at.
 * Rationale: after everything that costs little, for the search is long; before the demands, for it says which of them help.
 */
const search: DecisionRule = ({ game, sought, explanation }) => {
  if (explanation !== undefined || sought.some(({ exact }) => exact)) return undefined;
  return unknownLeaves(game, sought) > WHOLE_ROUNDS * (game.free + game.pending.size) ? { kind: "search" } : undefined;
};

/**
 * An inadmissible element that the search came upon convicts.
 * Rationale: before what the search wants besides, for it ends the dispute.
 */
const convictExplained: DecisionRule = ({ explanation }) => explanation?.wrong;

/**
 * Tensors that the search came to and nobody asked for are asked for.
 * Rationale: before the search's demands, for asking is free, and a demand is paid for and takes a round.
 */
const fetchExplaining: DecisionRule = ({ explanation }) => fetching(explanation?.unserved ?? []);

/**
 * The places that the search wants are demanded, or awaited.
 * Rationale: before those of whole tensors, of which they are the part that helps.
 */
const demandExplaining: DecisionRule = ({ explanation }) => {
  if (explanation === undefined) return undefined;
  const { demands } = explanation;
  return demands.places.length > 0 || demands.awaited > 0 ? demands.move() : undefined;
};

/**
 * Hidden roots and what differs of the tensors that are sought is demanded, or awaited. Of an exact one a leaf is enough, reached
 * by ⌈d/6⌉ + 1 demands in a tree of depth d; bounded ones are demanded whole, side by side.
 * Rationale: last, for it always applies: whatever is sought can be had on chain.
 */
const demandSought = ({ game, sought, hidden }: Facts): Decision => {
  const demands = new Demands(game, hidden);
  for (const { tensor, exact, partial, bases, known } of sought) {
    // One leaf should do. Where leaves were excused, as many again are looked at: their number doubles every round.
    let wanted = exact ? Math.max(1, known) : Infinity;
    for (const group of missing(partial, bases, tensor, exact)) if (wanted-- <= 0 || !demands.add(group)) break;
  }
  return demands.move();
};

/** In this order: the first that applies decides; where none does, what is sought is demanded. */
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

/** The next move by what is known. Pure; after an explanation was given, it asks for no search. */
export function decide(facts: Facts): Decision {
  for (const rule of RULES) {
    const decision = rule(facts);
    if (decision !== undefined) return decision;
  }
  return demandSought(facts);
}

const fetching = (tensors: readonly number[]): Move | undefined => (tensors.length > 0 ? { kind: "fetch", tensors } : undefined);

/**
 * Where the trace differs from one's own in tensors whose roots are not known: the first place of them, for what differs
 * first is a crime; all where it may be another host's bounded number.
 */
function hiddenRoots({ program, trace }: Game): Place[] {
  const places = new Map<string, Place>();
  for (let id = 0; id < program.tensorCount; id++) {
    if (trace.tensor(id) !== undefined) continue;
    const place = trace.placeOf(id);
    places.set(`${place.level}:${place.index}`, place);
  }
  const all = [...places.values()];
  return program.nodes.some(({ rule }) => rule === Rule.bound) ? all : all.slice(0, 1);
}

/** Leaves that may differ from one's own and are not known. */
function unknownLeaves({ own }: Game, wants: readonly Want[]): number {
  let count = 0;
  for (const { tensor, partial } of wants) {
    for (const part of survey(partial, [own[tensor]], 0, 0)) if (part.kind === "missing") count += 2 ** (partial.depth - part.level);
  }
  return count;
}
