import type { TensorTree } from "../merkle/tensorTree.ts";
import type { OpTwin } from "../operators/twin.ts";
import type { Program } from "../program/types.ts";
import type { PartialTrace } from "./partialTrace.ts";
import type { Place, Shown } from "./places.ts";
import type { OpenTree } from "./proof.ts";

/** Everything that a challenger knows of an opened dispute. */
export interface Game {
  readonly program: Program;
  /** Trees of the challenger's own run. */
  readonly own: readonly TensorTree[];
  /** The known part of the trace tree that the operator committed to. `nextMove` adds to it what `shown` holds. */
  readonly trace: PartialTrace;
  /** The operator does not serve the roots of its tensors. */
  readonly rootsWithheld: boolean;
  /** Tensors that the operator served and that have the committed roots. */
  readonly served: ReadonlyMap<number, TensorTree>;
  /** Tensors that the operator does not serve. */
  readonly withheld: ReadonlySet<number>;
  /** Everything that was revealed on chain, whoever demanded it. */
  readonly shown: readonly Shown[];
  /** Names of the places that wait for an answer. */
  readonly pending: ReadonlySet<string>;
  /** How many places may be demanded now. */
  readonly free: number;
}

/** The solver's means of computing. */
export interface Solver {
  readonly constant: (root: string) => TensorTree;
  /** A node's output on the operator's inputs, computed by the challenger's own runtime; all row-major. */
  readonly recompute: (node: number, tensor: (id: number) => Uint8Array) => Promise<Uint8Array>;
  readonly twin: OpTwin;
  /** Honest outputs that were computed before, keyed by their inputs. */
  readonly cache: Map<string, TensorTree>;
  /** Called now and then during long work; may throw to end it. */
  readonly breathe: () => Promise<void>;
}

/**
 * This element is inadmissible; the trees open everything that it depends on. The element past the last stands for
 * padding, in `leaf`, that is not zero.
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
  /** These tensors are needed: fetch them from the operator. */
  | { readonly kind: "fetch"; readonly tensors: readonly number[] }
  /** The roots of its tensors are needed: fetch them from the operator. */
  | { readonly kind: "fetchRoots" }
  /** These places are needed and the operator does not serve them. */
  | { readonly kind: "demand"; readonly places: readonly Place[] }
  /** Nothing can be done before the demands are answered. */
  | { readonly kind: "wait" }
  /** Nothing is wrong with this trace. */
  | { readonly kind: "honest" };
