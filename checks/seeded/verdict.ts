import { basename } from "node:path";
import type { Bug } from "./bugs.ts";

/** What became of a bug. */
export interface Verdict {
  readonly bug: Bug;
  /** What the invariants said; nothing if they held. */
  readonly reason?: string;
  /** The check that said it. */
  readonly by?: string;
  readonly runs: number;
  readonly seconds: number;
}

export const titleOf = ({ file, name }: Bug): string => `${basename(file, ".sol")}: ${name}`;

/** What is wrong with the invariants, or with the list; `whole` if no bug was left out. */
export function faults(verdicts: readonly Verdict[], checks: readonly string[], whole: boolean): string[] {
  const wrong = verdicts.flatMap(({ bug, reason, by, runs }) => {
    if (reason === undefined) return [`not caught in ${runs} runs: ${titleOf(bug)}`];
    return by !== undefined && bug.caughtBy.includes(by) ? [] : [`caught otherwise than by ${bug.caughtBy.join(" or ")}: ${titleOf(bug)}: ${reason}`];
  });
  const idle = whole ? checks.filter((check) => !verdicts.some(({ by }) => by === check)) : [];
  return [...wrong, ...idle.map((check) => `never the first to notice: ${check}`)];
}
