import { sameBytes } from "../bytes.ts";
import { LEAF, TensorTree, toCommitOrder, toRowMajor } from "../merkle/tensorTree.ts";
import { BytesReader, elementBits } from "../tensor/reader.ts";
import type { Inputs, OpTwin } from "../operators/twin.ts";
import { inputIds, outputId, tracedTensors } from "../program/program.ts";
import { Rule, type Node, type Program } from "../program/types.ts";
import { byteLength, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Demands } from "./demands.ts";
import { differingElements, paddingIsZero } from "./elements.ts";
import { TRACE } from "../merkle/traceTree.ts";
import { partialClaim, wholeClaim, type Claim } from "./claims.ts";
import type { PartialTrace } from "./partialTrace.ts";
import { PartialTree } from "./partialTree.ts";
import type { Place, Shown } from "./places.ts";
import { readersOf, type OpenTree } from "./proof.ts";
import { complete, missing, placesOf, survey, withLeaf } from "./survey.ts";
import { trackBack } from "./trackBack.ts";

/** All that a challenger knows of an opened dispute. */
export interface Game {
  readonly program: Program;
  /** Trees of one's own run. */
  readonly own: readonly TensorTree[];
  /** What is known of the trace tree that the operator committed to. */
  readonly trace: PartialTrace;
  /** The operator does not serve the roots of its tensors. */
  readonly rootsWithheld: boolean;
  /** Tensors of the operator that were served, with the roots that it committed to. */
  readonly served: ReadonlyMap<number, TensorTree>;
  /** Tensors that cannot be had by asking. */
  readonly withheld: ReadonlySet<number>;
  /** What was revealed on chain, to whomever. */
  readonly shown: readonly Shown[];
  /** Names of places that are demanded and wait for an answer. */
  readonly pending: ReadonlySet<string>;
  /** How many places may be demanded now. */
  readonly free: number;
}

/** What the solver computes with. */
export interface Solver {
  readonly constant: (root: string) => TensorTree;
  /** A node's output on the operator's inputs, by one's own runtime; all row-major. */
  readonly recompute: (node: number, tensor: (id: number) => Uint8Array) => Promise<Uint8Array>;
  readonly twin: OpTwin;
  /** Honest outputs that were computed before, by what they were computed from. */
  readonly cache: Map<string, TensorTree>;
  /** Called now and then during long stretches; may throw to end the search. */
  readonly breathe: () => Promise<void>;
}

export type Move =
  /**
   * This element is inadmissible; the trees open what it depends on. The element past the last stands for padding that is
   * not zero, in `leaf`.
   */
  | { readonly kind: "convict"; readonly node: number; readonly element: number; readonly leaf?: number; readonly trees: (id: number) => OpenTree }
  /** These tensors are needed: ask the operator for them. */
  | { readonly kind: "fetch"; readonly tensors: readonly number[] }
  /** The roots of its tensors are needed: ask the operator for them. */
  | { readonly kind: "fetchRoots" }
  /** These places are needed and the operator does not serve them. */
  | { readonly kind: "demand"; readonly places: readonly Place[] }
  /** Nothing can be done before the demands are answered. */
  | { readonly kind: "wait" }
  /** Nothing is wrong with this trace. */
  | { readonly kind: "honest" };

/** Rounds' worth of leaves up to which all bounded tensors are looked at whole, rather than what explains an output. */
const WHOLE_ROUNDS = 2;

/** A tensor whose value is not known. */
interface Want {
  readonly tensor: number;
  /** Any difference from one's own value convicts: one leaf is enough. */
  readonly exact: boolean;
  /** Places that are missing, from left to right; leaves of one node together. */
  readonly missing: Generator<readonly Place[]>;
  /** Differing leaves that are known already. */
  readonly known: number;
}

/**
 * The next move of an honest challenger. Replays the program in topological order and adopts the operator's values, for
 * admissibility is local: a node is judged on the inputs in the operator's own trace.
 *
 * Where all inputs are known, one's own run of the node gives an honest output. If it has the root that the operator
 * committed to, that is the operator's value. If not, the operator's is needed: under `equal`, `rounded` and `chain` any
 * difference is inadmissible, so that hashes lead to one leaf of it; under `bound` another host may differ, so that
 * all differing leaves are looked at, and adopted if they are admissible. Where these are more than a few rounds of
 * demands, only those are that the differing outputs read (`trackBack`).
 *
 * Rounds: one leaf of a tensor of depth d takes ⌈d/6⌉ + 1 demands; differing bounded outputs are demanded side by side.
 */
export async function nextMove(game: Game, solver: Solver): Promise<Move> {
  const { program, own } = game;
  const tensors = tracedTensors(program);
  const partials = learn(game, tensors);
  const padded = paddedLeaf(program, tensors, partials);
  if (padded !== undefined) return padded;
  const replay: Replay = { partials, adopted: new Map(), wants: [] };
  // A proof shows every tensor with its path: what has none yet is judged later.
  for (const id of program.inputs.keys()) if (partials.has(id)) replay.adopted.set(id, own[id]);
  for (const index of program.nodes.keys()) {
    const convicting = await replayNode(game, solver, replay, index);
    if (convicting !== undefined) return convicting;
  }
  return askFor(game, solver, replay);
}

/** A replay of the program on the operator's values, as far as it has come. */
interface Replay {
  readonly partials: ReadonlyMap<number, PartialTree>;
  /** The operator's tensors that are known whole and admissible. */
  readonly adopted: Map<number, TensorTree>;
  readonly wants: Want[];
}

/** Adopts what a node computes, or notes what is wanted of it; a move where an element of it is inadmissible. */
async function replayNode(game: Game, solver: Solver, { partials, adopted, wants }: Replay, index: number): Promise<Move | undefined> {
  const node = game.program.nodes[index];
  const out = outputId(node);
  const partial = partials.get(out);
  if (partial === undefined) return undefined;
  const own = game.own[out];
  const exact = node.rule !== Rule.bound;
  const whole = (bases: readonly TensorTree[]) => game.served.get(out) ?? complete(node.output, partial, bases);

  if (!inputIds(node).every((id) => adopted.has(id))) {
    // Its inputs must be had first; what is surely needed after that can be had at the same time.
    if (!exact && partial.root !== own.root && !whole([own])) {
      wants.push({ tensor: out, exact, missing: missing(partial, [own], out, exact), known: 0 });
    }
    return undefined;
  }
  const mine = await honestOutput(game, solver, index, adopted);
  if (mine.root === partial.root) {
    adopted.set(out, mine);
    return undefined;
  }
  const bases = exact ? [mine] : [mine, own];
  const theirs = whole(bases);
  const trees = (id: number): OpenTree => adopted.get(id)!;
  const readers = readersOf({ computed: trees, constant: solver.constant }, node.inputs);
  const convicting = async (elements: Iterable<number>, output: OpenTree): Promise<Move | undefined> => {
    const element = await firstWrong(solver, node, readers, elements, output.data);
    return element === undefined ? undefined : { kind: "convict", node: index, element, trees: (id) => (id === out ? output : trees(id)) };
  };

  if (theirs !== undefined) {
    const move = await convicting(differingElements(node.output, mine.data, theirs.data), theirs);
    if (move === undefined) adopted.set(out, theirs);
    return move;
  }
  let known = 0;
  for (const leaf of partial.leaves) {
    const content = partial.leaf(leaf)!;
    const expected = mine.leaf(leaf);
    if (sameBytes(content, expected)) continue;
    known++;
    const move = await convicting(differingElements(node.output, expected, content, leaf * LEAF), withLeaf(mine, partial, leaf));
    if (move !== undefined) return move;
  }
  wants.push({ tensor: out, exact, missing: missing(partial, bases, out, exact), known });
  return undefined;
}

/** The first of these elements that is inadmissible, where the output has these bytes in commit order. */
async function firstWrong(
  { twin, breathe }: Solver,
  node: Node,
  inputs: Inputs,
  elements: Iterable<number>,
  data: Uint8Array,
): Promise<number | undefined> {
  const claims = new BytesReader(node.output, data);
  for (const element of elements) {
    await breathe();
    if (!twin(node, element, elementBits(claims, element), inputs)) return element;
  }
  return undefined;
}

/** What to ask for after a replay that convicts nobody. */
async function askFor(game: Game, solver: Solver, replay: Replay): Promise<Move> {
  const { wants, partials } = replay;
  const guilty = wants.find(({ exact }) => exact);
  const hidden = guilty === undefined ? hiddenRoots(game) : [];
  if (guilty === undefined && hidden.length === 0 && wants.length === 0) return { kind: "honest" };
  if (hidden.length > 0 && !game.rootsWithheld) return { kind: "fetchRoots" };
  const chosen = guilty === undefined ? wants : [guilty];
  const unasked = chosen.filter(({ tensor }) => !game.withheld.has(tensor)).map(({ tensor }) => tensor);
  if (unasked.length > 0) return { kind: "fetch", tensors: unasked };

  const demands = new Demands(game, [...hidden]);
  if (guilty === undefined && unknownLeaves(game, wants, partials) > WHOLE_ROUNDS * (game.free + game.pending.size)) {
    const move = await followBack(game, solver, replay, demands);
    if (move !== undefined) return move;
  }
  for (const { exact, missing, known } of chosen) {
    // One leaf should do. Where leaves were excused, as many again are looked at: their number doubles every round.
    let wanted = exact ? Math.max(1, known) : Infinity;
    for (const group of missing) if (wanted-- <= 0 || !demands.add(group)) break;
  }
  return demands.move();
}

/** Follows differing outputs back to what explains them; undefined where that comes to nothing. */
async function followBack(game: Game, solver: Solver, { partials, adopted }: Replay, demands: Demands): Promise<Move | undefined> {
  const { program, own, trace, served, withheld } = game;
  const claims = new Map<number, Claim>();
  const claim = (id: number): Claim => {
    const whole = adopted.get(id) ?? served.get(id);
    const known = claims.get(id) ?? (whole === undefined ? partialClaim(own[id], partials.get(id)) : wholeClaim(whole));
    claims.set(id, known);
    return known;
  };
  const unserved: number[] = [];
  const wrong = await trackBack({
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
  if (wrong !== undefined) return { kind: "convict", ...wrong, trees: (id) => claim(id).tree };
  if (unserved.length > 0) return { kind: "fetch", tensors: unserved };
  return demands.places.length > 0 || demands.awaited > 0 ? demands.move() : undefined;
}

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
function unknownLeaves({ own }: Game, wants: readonly Want[], partials: ReadonlyMap<number, PartialTree>): number {
  let count = 0;
  for (const { tensor } of wants) {
    const partial = partials.get(tensor)!;
    for (const part of survey(partial, [own[tensor]], 0, 0)) if (part.kind === "missing") count += 2 ** (partial.depth - part.level);
  }
  return count;
}

/** A leaf of an output that holds a byte past the tensor's data: it convicts by itself. */
function paddedLeaf(program: Program, tensors: readonly Tensor[], partials: ReadonlyMap<number, PartialTree>): Move | undefined {
  for (const [node, { output }] of program.nodes.entries()) {
    const partial = partials.get(outputId(program.nodes[node]));
    for (const leaf of partial?.leaves ?? []) {
      if (paddingIsZero(output, leaf, partial!.leaf(leaf)!)) continue;
      const opened: OpenTree = { root: partial!.root, data: new Uint8Array(byteLength(output)), prove: (leaves) => partial!.prove(leaves) };
      return { kind: "convict", node, element: sizeOf(output.dims), leaf, trees: () => opened };
    }
  }
  return undefined;
}

/** What is known of the trees of tensors whose roots are known. */
function learn(game: Game, tensors: readonly Tensor[]): Map<number, PartialTree> {
  for (const shown of game.shown) if (shown.tensor === TRACE) game.trace.learn(shown);
  const partials = new Map<number, PartialTree>();
  tensors.forEach((_, id) => {
    const root = game.trace.tensor(id);
    if (root !== undefined) partials.set(id, new PartialTree(root, game.own[id].depth, game.own[id]));
  });
  for (const shown of game.shown) partials.get(shown.tensor)?.learn(shown);
  return partials;
}

/** One's own output of a node on the operator's inputs. */
async function honestOutput(
  { program, own }: Game,
  solver: Solver,
  index: number,
  adopted: ReadonlyMap<number, TensorTree>,
): Promise<TensorTree> {
  const node: Node = program.nodes[index];
  const tensors = tracedTensors(program);
  if (inputIds(node).every((id) => adopted.get(id)!.root === own[id].root)) return own[outputId(node)];
  const key = [index, ...inputIds(node).map((id) => adopted.get(id)!.root)].join();
  const known = solver.cache.get(key);
  if (known !== undefined) return known;
  const rowMajor = await solver.recompute(index, (id) => toRowMajor(tensors[id], adopted.get(id)!.data));
  const tree = new TensorTree(node.output, toCommitOrder(node.output, rowMajor));
  solver.cache.set(key, tree);
  return tree;
}
