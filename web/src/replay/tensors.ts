import { PartialTrace } from "../../../core/dispute/partialTrace.ts";
import { decodeReveal } from "../../../core/dispute/places.ts";
import { decodeTop } from "../../../core/dispute/proof.ts";
import type { Hex } from "../../../core/hex.ts";
import { ABSENT, TRACE, TraceTree } from "../../../core/merkle/traceTree.ts";
import { inputIds, outputId } from "../../../core/program/program.ts";
import type { Program } from "../../../core/program/types.ts";
import { rootOf, type ShownProof } from "./proof.ts";

/** How a tensor of the operator's trace compares with one's own run. */
export type TensorMark =
  | "agreed"
  /** It differs, although everything that it is computed from agrees: here is the lie. */
  | "differs"
  /** It differs, as does something that it is computed from. */
  | "follows"
  /** The rule of its node leaves its numbers open, so that the operator's were taken over. */
  | "open"
  | "unknown";

/** What the chain knows of an opened trace. */
export interface OpenedTrace {
  readonly traceRoot: Hex;
  /** The hashes that the opening showed, and what was revealed since, as the events have it. */
  readonly shown: Hex;
  readonly reveals: readonly Hex[];
}

/** What is known of the tree that the operator committed to, beside one's own roots; where one has none, undefined. */
export function traceOf({ traceRoot, shown, reveals }: OpenedTrace, own: readonly (string | undefined)[]): PartialTrace {
  // A root that no tensor has, so that nothing seems to agree that is not known.
  const trace = new PartialTrace(traceRoot, new TraceTree(own.map((root) => root ?? ABSENT)));
  trace.learn({ tensor: TRACE, hashes: { level: 0, index: 0, below: decodeTop(shown) }, siblings: [] });
  for (const part of reveals.flatMap(decodeReveal)) if (part.tensor === TRACE) trace.learn(part);
  return trace;
}

/** Has a trace learn the roots and paths of the tensors that a proof shows. */
export function learnProof(trace: PartialTrace, { nodes }: Program, proof: ShownProof): void {
  const node = nodes[proof.node];
  const shown = [[node.output, proof.output] as const, ...node.inputs.map((tensor, i) => [tensor, proof.inputs[i]] as const)];
  for (const [tensor, leaves] of shown) {
    const root = tensor?.source.kind === "computed" ? rootOf(tensor, leaves) : undefined;
    if (tensor?.source.kind === "computed" && root !== undefined) trace.learnPath(tensor.source.id, root, leaves.path);
  }
}

/**
 * Marks all tensors of a trace, in the order of the program.
 * @param committed roots that the operator committed to, where they are known
 * @param own roots of one's own run, where there is one
 * @param adopted tensors whose values are the operator's, as the rules leave them open
 */
export function markTensors(program: Program, committed: readonly (string | undefined)[], own: readonly (string | undefined)[], adopted: ReadonlySet<number>): TensorMark[] {
  const marks: TensorMark[] = Array.from({ length: program.tensorCount }, () => "unknown");
  const compare = (id: number, inputs: readonly number[]): TensorMark => {
    if (adopted.has(id)) return "open";
    if (own[id] === undefined || committed[id] === undefined) return "unknown";
    if (own[id] === committed[id]) return "agreed";
    return inputs.some((input) => marks[input] === "differs" || marks[input] === "follows") ? "follows" : "differs";
  };
  for (const id of program.inputs.keys()) marks[id] = compare(id, []);
  for (const node of program.nodes) marks[outputId(node)] = compare(outputId(node), inputIds(node));
  return marks;
}
