import type { Piece } from "../../core/dispute/proof.ts";
import type { Fault } from "../../core/faults.ts";
import type { Verdict } from "../../oracle/certify/judge.ts";
import type { NamedModel } from "./models.ts";

/** What is asked of the process that certifies. */
export interface Task {
  readonly model: NamedModel;
  /** The file itself where it does not lie at the model's path. */
  readonly file?: Uint8Array;
  /** Elements of every node that the contracts are asked about; with 0 the model is compiled and nobody is asked. */
  readonly elements: number;
}

/** A question of that process to the contracts, and what they answer. */
export interface Question {
  readonly kind: "question";
  readonly programRoot: string;
  readonly traceRoot: string;
  readonly proof: string;
  readonly pieces: readonly Piece[];
}

export type Answer = { readonly verdict: Verdict } | { readonly failed: string };

/** What became of a model. */
export interface Outcome {
  readonly kind: "outcome";
  readonly faults: readonly Fault[];
  /** Nodes of the program; 0 of a model that is not taken. */
  readonly nodes: number;
  /** Of these, the ones under the rule bound. */
  readonly bounded: number;
  /** The dearest transaction that asked about an element, in gas. */
  readonly gas: number;
  /** Verdicts that should have been others, in words. */
  readonly wrong: readonly string[];
  /** Inputs that got the values of the test beside the model, since they must be known. */
  readonly bound: readonly string[];
  /** Milliseconds of wall time and of CPU time. */
  readonly ms: number;
  readonly cpuMs: number;
  /** The most bytes that were resident. */
  readonly memory: number;
}

export type FromProcess = Question | Outcome;
export type ToProcess = Task | Answer;
