import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../instrument/compile.ts";
import type { Verdict } from "./campaign.ts";
import { keyOf, type MutantName } from "./mutant.ts";

/** A mutant that no test can kill, and why. */
export type Survivor = MutantName & { readonly reason: string };

export const readSurvivors = (): Survivor[] => JSON.parse(readFileSync(join(root, "test", "mutation", "survivors.json"), "utf8")) as Survivor[];

/** What is wrong with the list, given the verdicts on these files; `whole` if none of their mutants was left out. */
export function faults(verdicts: readonly Verdict[], survivors: readonly Survivor[], files: readonly string[], whole: boolean): string[] {
  const listed = new Map(survivors.map((s) => [keyOf(s), s]));
  const judged = new Map(verdicts.map((v) => [keyOf(v.name), v]));
  const unlisted = verdicts.filter((v) => v.fate !== "killed" && !listed.has(keyOf(v.name))).map((v) => `${v.fate}: ${keyOf(v.name)}`);
  const stale = survivors
    .filter((s) => files.includes(s.file))
    .flatMap((s) => {
      const verdict = judged.get(keyOf(s));
      if (verdict?.fate === "killed") return [`listed, but killed by ${verdict.by}: ${keyOf(s)}`];
      return verdict === undefined && whole ? [`listed, but no mutant: ${keyOf(s)}`] : [];
    });
  const unexplained = survivors.filter((s) => s.reason.trim() === "").map((s) => `listed without a reason: ${keyOf(s)}`);
  return [...unlisted, ...stale, ...unexplained];
}
