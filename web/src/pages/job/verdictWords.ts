import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { Verdict } from "../../../../sdk/index.ts";

export interface Judged {
  readonly title: string;
  readonly manner: "good" | "bad" | "open";
  readonly sentence: string;
  /** What was found to be as it should. */
  readonly checked: readonly (readonly [what: string, detail: string])[];
}

/** What a verification came to, and what it rests on. */
export function wordsOfVerdict(verdict: Verdict, { fileDigest, programDigest, programRoot }: Pick<IndexedVersion, "fileDigest" | "programDigest" | "programRoot">): Judged {
  const rebuilt = [
    ["The canonical file has the SHA-256 that the chain has:", fileDigest],
    ["The program file has the SHA-256 that the chain has:", programDigest],
    ["The program that they make has the version's root:", programRoot],
  ] as const;
  switch (verdict.verdict) {
    case "match":
      return {
        title: "MATCH",
        manner: "good",
        sentence: "Your browser ran the model on the job's input by the rules' own arithmetic, and got the submitted output bit for bit.",
        checked: [...rebuilt, ["Every number of the run was computed, and the output is the same:", verdict.detail]],
      };
    case "mismatch":
      return { title: "DIFFERENT", manner: "bad", sentence: sentenceOf(verdict), checked: rebuilt };
    case "unknown":
      return { title: "UNKNOWN", manner: "open", sentence: `This page cannot say whether the output is right: ${verdict.detail}.`, checked: [] };
  }
}

function sentenceOf(verdict: Extract<Verdict, { verdict: "mismatch" }>): string {
  const { difference } = verdict;
  if (difference === undefined) return `The submitted output is not the one of an honest run. ${verdict.detail}.`;
  const { name, coordinates, expected, claimed } = difference;
  return `The first number that differs is ${name}[${coordinates.join(", ")}]: it should be ${expected}, and ${claimed} was submitted.`;
}
