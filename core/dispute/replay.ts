import { sameBytes } from "../bytes.ts";
import { LEAF, type TensorTree } from "../merkle/tensorTree.ts";
import { TRACE } from "../merkle/traceTree.ts";
import { inputIds, outputId, tracedTensors } from "../program/program.ts";
import type { Inputs } from "../operators/twin.ts";
import { Rule, type Node, type Program } from "../program/types.ts";
import { BytesReader, elementBits } from "../tensor/reader.ts";
import { byteLength, sizeOf } from "../tensor/shape.ts";
import { differingElements, paddingIsZero } from "./elements.ts";
import type { Conviction, Game, Solver } from "./game.ts";
import { honestOutput } from "./honestOutput.ts";
import { PartialTree } from "./partialTree.ts";
import { readersOf, type OpenTree } from "./proof.ts";
import { complete, withLeaf } from "./survey.ts";

/** A tensor whose value is unknown and differs from an honest one. */
export interface Want {
  readonly tensor: number;
  /** Any difference from the honest value convicts, so one leaf is enough. */
  readonly exact: boolean;
  /** The known part of its tree, and the trees with which it may share parts. */
  readonly partial: PartialTree;
  readonly bases: readonly TensorTree[];
  /** The number of differing leaves that are already known, and admissible. */
  readonly known: number;
}

/** The result of a replay of the program on the operator's values. */
export interface Replay {
  /** The known parts of the trees of tensors whose roots are known. */
  readonly partials: ReadonlyMap<number, PartialTree>;
  /** The operator's tensors that are wholly known and admissible. */
  readonly adopted: ReadonlyMap<number, TensorTree>;
  /** In the order of the program. */
  readonly wants: readonly Want[];
  /** The first known inadmissible element; the replay ended there. */
  readonly wrong: Conviction | undefined;
}

/**
 * Replays the program in topological order and adopts the operator's values. Admissibility is local: a node is judged on
 * the inputs in the operator's own trace.
 *
 * If all inputs of a node are known, the challenger's run of the node gives an honest output. If this has the root that
 * the operator committed to, it is the operator's value. If not, the operator's value is needed, and the twin judges every
 * known element of it that differs.
 *
 * Runs nodes with `solver.recompute` and keeps their outputs in `solver.cache`. Adds to `game.trace` what was shown of it.
 */
export async function replay(game: Game, solver: Solver): Promise<Replay> {
  const { program, own } = game;
  const partials = learn(game);
  const adopted = new Map<number, TensorTree>();
  const wants: Want[] = [];
  const padded = paddedLeaf(program, partials);
  if (padded !== undefined) return { partials, adopted, wants, wrong: padded };
  // A proof shows every tensor with its path. A node whose tensors have unknown paths is judged later.
  for (const id of program.inputs.keys()) if (partials.has(id)) adopted.set(id, own[id]);
  for (const index of program.nodes.keys()) {
    const found = await replayNode(game, solver, { partials, adopted }, index);
    switch (found?.kind) {
      case "convict":
        return { partials, adopted, wants, wrong: found };
      case "adopt":
        adopted.set(outputId(program.nodes[index]), found.tree);
        break;
      case "want":
        wants.push(found.want);
    }
  }
  return { partials, adopted, wants, wrong: undefined };
}

/** The result of the replay of one node; undefined if nothing can be said of its output yet. */
type Found =
  | Conviction
  | { readonly kind: "adopt"; readonly tree: TensorTree }
  | { readonly kind: "want"; readonly want: Want }
  | undefined;

async function replayNode(
  game: Game,
  solver: Solver,
  { partials, adopted }: Pick<Replay, "partials" | "adopted">,
  index: number,
): Promise<Found> {
  const node = game.program.nodes[index];
  const out = outputId(node);
  const partial = partials.get(out);
  if (partial === undefined) return undefined;
  const own = game.own[out];
  const exact = node.rule !== Rule.bound;
  const whole = (bases: readonly TensorTree[]) => game.served.get(out) ?? complete(node.output, partial, bases);
  const want = (bases: readonly TensorTree[], known: number): Found => ({
    kind: "want",
    want: { tensor: out, exact, partial, bases, known },
  });

  if (!inputIds(node).every((id) => adopted.has(id))) {
    // The inputs are needed first. Whatever is certainly needed after them is fetched at the same time.
    return !exact && partial.root !== own.root && !whole([own]) ? want([own], 0) : undefined;
  }
  const mine = await honestOutput(game, solver, index, adopted);
  if (mine.root === partial.root) return { kind: "adopt", tree: mine };

  const inputs = (id: number): OpenTree => adopted.get(id)!;
  const readers = readersOf({ computed: inputs, constant: solver.constant }, node.inputs);
  const convicting = async (elements: Iterable<number>, output: OpenTree): Promise<Conviction | undefined> => {
    const element = await firstWrong(solver, node, readers, elements, output.data);
    return element === undefined ? undefined : { kind: "convict", node: index, element, trees: (id) => (id === out ? output : inputs(id)) };
  };
  const bases = exact ? [mine] : [mine, own];
  const theirs = whole(bases);
  if (theirs !== undefined) {
    return (await convicting(differingElements(node.output, mine.data, theirs.data), theirs)) ?? { kind: "adopt", tree: theirs };
  }
  let known = 0;
  for (const leaf of partial.leaves) {
    const [content, expected] = [partial.leaf(leaf)!, mine.leaf(leaf)];
    if (sameBytes(content, expected)) continue;
    known++;
    const wrong = await convicting(differingElements(node.output, expected, content, leaf * LEAF), withLeaf(mine, partial, leaf));
    if (wrong !== undefined) return wrong;
  }
  return want(bases, known);
}

/** The first inadmissible one of these elements, if the output has these bytes in commit order. */
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

/** A leaf of an output that holds a byte past the tensor's data: it convicts by itself. */
function paddedLeaf(program: Program, partials: ReadonlyMap<number, PartialTree>): Conviction | undefined {
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
function learn({ program, own, trace, shown: all }: Game): Map<number, PartialTree> {
  for (const shown of all) if (shown.tensor === TRACE) trace.learn(shown);
  const partials = new Map<number, PartialTree>();
  for (const id of tracedTensors(program).keys()) {
    const root = trace.tensor(id);
    if (root !== undefined) partials.set(id, new PartialTree(root, own[id].depth, own[id]));
  }
  for (const shown of all) partials.get(shown.tensor)?.learn(shown);
  return partials;
}
