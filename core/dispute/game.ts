import type { TensorTree } from "../merkle/tensorTree.ts";
import type { OpTwin } from "../operators/twin.ts";
import type { Program } from "../program/types.ts";
import type { PartialTrace } from "./partialTrace.ts";
import type { Place, Shown } from "./places.ts";
import type { OpenTree } from "./proof.ts";

/** All that a challenger knows of an opened dispute. */
export interface Game {
  readonly program: Program;
  /** Trees of one's own run. */
  readonly own: readonly TensorTree[];
  /** What is known of the trace tree that the operator committed to; it learns what is in `shown`. */
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

/**
 * This element is inadmissible; the trees open what it depends on. The element past the last stands for padding that is
 * not zero, in `leaf`.
 */
export interface Conviction {
  readonly kind: "convict";
  readonly node: number;
  readonly element: number;
  readonly leaf?: number;
  readonly trees: (id: number) => OpenTree;
}

export type Move =
  | Conviction
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
