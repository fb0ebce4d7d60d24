import type { Case, Judgement } from "./judge.ts";

/** What a thread says of the case that it was given. */
export type Said =
  | { readonly kind: "progress"; readonly done: number; readonly all: number }
  | { readonly kind: "judged"; readonly judgement: Judgement }
  | { readonly kind: "failed"; readonly error: string };

/** A case on a thread of its own, which ends by `stop`. */
export interface Judging {
  stop(): void;
}

/** Starts a thread. `failed` hears of what the thread could not say any more. */
export type StartJudging = (given: Case, heard: (said: Said) => void, failed: (error: unknown) => void) => Judging;

/** Answers, on a thread, the one case that it is given. */
export type ServeJudging = (answer: (given: Case, say: (said: Said) => void) => void) => void;
