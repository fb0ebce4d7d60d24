import { inputError } from "../../core/errors.ts";

/** Sizes of symbolic dimensions, by symbol: those of one version. */
export type Binding = Readonly<Record<string, number>>;

/** Versions that one command makes, at most: each is compiled and paid for. */
const MOST = 64;

/** Every combination of the sizes that are listed for each dimension, such as `batch=1,8`, in the order in which they are listed. */
export function parseBindings(texts: readonly string[]): Binding[] {
  const sizes = new Map<string, number[]>();
  for (const text of texts) {
    const [, name, list] = /^(.+)=(\d{1,9}(?:,\d{1,9})*)$/.exec(text) ?? [];
    const given = (list ?? "").split(",").map(Number);
    if (name === undefined || given.some((size) => size < 1)) {
      throw inputError("DIM", `"${text}" does not name a dimension and its sizes`, { fix: "write --dim batch=1, or --dim batch=1,8 for two versions" });
    }
    sizes.set(name, [...new Set([...(sizes.get(name) ?? []), ...given])]);
  }
  const bindings = [...sizes].reduce<Binding[]>((all, [name, list]) => all.flatMap((binding) => list.map((size) => ({ ...binding, [name]: size }))), [{}]);
  if (bindings.length > MOST) throw inputError("DIM", `these sizes make ${bindings.length} versions; one command publishes at most ${MOST}`, { fix: "name fewer sizes with --dim" });
  return bindings;
}

/** For people: `batch=1 seq=64`. */
export const nameOf = (binding: Binding): string => Object.entries(binding).map(([name, size]) => `${name}=${size}`).join(" ");

/** As part of a file's name: `batch-1.seq-64`. */
export const suffixOf = (binding: Binding): string => Object.entries(binding).map(([name, size]) => `${name.replaceAll(/[^\w-]+/g, "_")}-${size}`).join(".");
