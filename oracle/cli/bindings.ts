import { inputError } from "../../core/errors.ts";
import type { InputValues } from "../../core/compile/values.ts";
import type { Written } from "../../core/tensor/written.ts";
import { sha256Of } from "../store/files.ts";

/** Sizes of symbolic dimensions, by symbol: those of one version. */
export type Binding = Readonly<Record<string, number>>;

/** What the option `--value` does, for the help of the commands that have it. */
export const VALUE = "value of an input, as JSON: it becomes a constant, and the input is none of the program's any longer; integers beyond 2^53 as text";

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

/** Values of inputs, such as `axes=[1]`. */
export function parseValues(texts: readonly string[]): InputValues {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, json] = /^(.+?)=([^=]+)$/s.exec(text) ?? [];
      const fault = (why: string) => inputError("INPUT_VALUE", `"${text.slice(0, 80)}" ${why}`, { fix: "write --value sr=16000, or --value 'axes=[0,1]'" });
      if (name === undefined) throw fault("does not name an input and its value");
      try {
        return [name, JSON.parse(json) as Written];
      } catch {
        throw fault("gives no JSON");
      }
    }),
  );
}

const entries = (binding: Binding, values: InputValues): [string, string][] =>
  [...Object.entries(binding), ...Object.entries(values)].map(([name, value]) => [name, JSON.stringify(value)]);

/** Characters of a value that names show. */
const SHOWN = 32;

/** For people: `batch=1 seq=64`. */
export const nameOf = (binding: Binding, values: InputValues = {}): string =>
  entries(binding, values).map(([name, value]) => `${name}=${value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value}`).join(" ");

/** As part of a file's name: `batch-1.seq-64`; a long value as its SHA-256. */
export const suffixOf = (binding: Binding, values: InputValues = {}): string =>
  entries(binding, values)
    .map(([name, value]) => `${plain(name)}-${value.length > SHOWN ? sha256Of(new TextEncoder().encode(value)).slice(2, 18) : plain(value)}`)
    .join(".");

const plain = (text: string): string => text.replaceAll(/[^\w-]+/g, "_");
