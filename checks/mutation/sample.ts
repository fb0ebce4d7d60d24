import { createHash } from "node:crypto";
import { keyOf, type MutantName } from "./mutant.ts";

/** Chooses `size` mutants by their names and a seed, so that an edit elsewhere changes nothing; all without a size. */
export function sampler(size: number | undefined, seed: number): (names: readonly MutantName[]) => boolean[] {
  if (size === undefined) return (names) => names.map(() => true);
  const rank = (name: MutantName): string => createHash("sha256").update(`${seed} ${keyOf(name)}`).digest("hex");
  return (names) => {
    const drawn = new Set(names.map((name, i) => ({ i, rank: rank(name) })).sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, size).map((d) => d.i));
    return names.map((_, i) => drawn.has(i));
  };
}
