import { whyNotOpenable } from "../dispute/opening.ts";
import { TRANSACTIONS, TRANSACTION, costOf, fits, furthest, type Limits, type Step } from "../dispute/budget.ts";
import { Steps, type Sizes } from "../dispute/steps.ts";
import { LEAF } from "../merkle/tensorTree.ts";
import { twinOf } from "../operators/index.ts";
import type { Reduction } from "../operators/twin.ts";
import { Faults, refuse } from "../faults.ts";
import { RecordingReader } from "../merkle/recordingReader.ts";
import type { TensorReader } from "../tensor/reader.ts";
import type { Node, Program } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A program that is larger than any. */
const LARGE: Sizes = { tensorCount: 2 ** 16, nodes: { length: 2 ** 16 } };

/** A tensor of which nothing is known: every element is zero. */
const blank = (tensor: Tensor): TensorReader => ({ tensor, bits: () => 0n, u32: () => 0 });

/**
 * INVARIANT: every element can be proved wrong, whatever the values are: a lie elsewhere could never be convicted. So a node
 * is refused where the dearest element of its output, in its layout, does not fit the budget.
 *
 * Of an operator that is judged whole that is no certain element: what an element reads at most is bounded wherever it lies
 * (core/merkle/cover.ts). A reduction is divided for the element that reads most. Others lie differently to the leaves:
 * each of their lines may touch one leaf more, which moves a cut but loses no position, as a step is cut by what it reads
 * itself. A single position always fits; what counts is the number of transactions.
 */
export function checkProvable(node: Node, program: Sizes = LARGE): void {
  provedBy(node, program);
}

/** What the transactions take that prove the dearest element of a node's output wrong. Refuses the node as `checkProvable` does. */
export function provedBy(node: Node, program: Sizes): Limits[] {
  const steps = new Steps(program, node);
  const { reduction, demand } = twinOf(node);
  if (reduction !== undefined) return reducedBy(node, reduction, steps);
  const { reads, work } = demand(node);
  const step = steps.dearest({ reads, work });
  const cost = costOf(step);
  if (fits(cost)) return [cost];
  const elements = reads.reduce((n, footprint) => n + footprint.reduce((all, { count }) => all * count, 1), 0);
  // Elements that would fill a fraction of the leaves that they are read from lie badly.
  const help = leavesOf(step) * LEAF > 4 * 8 * elements ? "another layout" : "a smaller window or a shorter row";
  return refuse(`an element of its output depends on ${elements} elements, read from ${leavesOf(step)} KiB of its inputs, ${tooMuch(cost)}; ${help} may help`);
}

function reducedBy(node: Node, reduction: Reduction, steps: Steps): Limits[] {
  const element = reduction.fullest(node);
  const length = reduction.length(node);
  const stepOf = (from: number, until: number, concluding: boolean): Step => {
    const readers = node.inputs.map((tensor) => tensor && new RecordingReader(blank(tensor)));
    // As much as any operator carries.
    return steps.step(readers, reduction.work(node, element, from, until, readers), { concluding, carried: 352 });
  };
  let guess = Math.ceil(TRANSACTION.bytes / reduction.bytes(node));
  const costs: Limits[] = [];
  for (let from = 0; ; ) {
    const until = furthest(from, length, guess, (position) => fits(costOf(stepOf(from, position, false))));
    const last = until === length ? costOf(stepOf(from, length, true)) : undefined;
    if (last !== undefined && fits(last)) return [...costs, last];
    if (until === from) {
      const step = stepOf(from, Math.min(from + 1, length), true);
      refuse(`one of the ${length} positions of an element is read from ${leavesOf(step)} KiB of its inputs, ${tooMuch(costOf(step))}`);
    }
    costs.push(costOf(stepOf(from, until, false)));
    if (costs.length === TRANSACTIONS) {
      refuse(
        `an element of its output takes ${Math.ceil((TRANSACTIONS * length) / until)} transactions or more: ${TRANSACTIONS} come to position ${until} of ${length}, more than a challenger can send; a shorter sum or another layout may help`,
      );
    }
    guess = until - from;
    from = until;
  }
}

const leavesOf = ({ tensors: [, ...inputs] }: Step): number => inputs.reduce((n, { leaves }) => n + leaves, 0);

const tooMuch = ({ bytes, gas }: Limits): string =>
  `more than a transaction can carry: ${bytes} bytes and ${gas} gas, where ${TRANSACTION.bytes} and ${TRANSACTION.gas} is the most`;

/** Throws with every node of which some element could not be proved wrong. */
export function requireProvable(program: Program): void {
  const faults = new Faults();
  for (const node of program.nodes) faults.attempt(node.name, node.op, () => checkProvable(node, program));
  const unopenable = whyNotOpenable(program);
  if (unopenable !== undefined) faults.attempt("(graph)", "graph", () => refuse(unopenable));
  faults.throwIfAny();
}
