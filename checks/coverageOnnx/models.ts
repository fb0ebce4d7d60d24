import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { InputValues } from "../../core/compile/values.ts";

/** A model of a folder, as it is named in tables. */
export interface NamedModel {
  readonly name: string;
  readonly path: string;
  /** Sizes of its symbolic dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  /** Values of its inputs. */
  readonly values?: InputValues;
}

/** What is bound, by file name: sizes by symbol, and under `$values` values of inputs. */
type BoundOf = Readonly<Record<string, Readonly<Record<string, number>> & { readonly $values?: InputValues }>>;

/**
 * The models of a folder in the order of their names: its `*.onnx` files, and the `model.onnx` of every folder in it, as the tests of
 * the ONNX project lie.
 * @param dims file that says the sizes of symbolic dimensions, and values of inputs, by file name; `dims.json` in the folder where there is one
 */
export function modelsIn(folder: string, dims = join(folder, "dims.json")): NamedModel[] {
  const given = existsSync(dims) ? (JSON.parse(readFileSync(dims, "utf8")) as BoundOf) : {};
  const named = (name: string, path: string): NamedModel => {
    const { $values: values, ...sizes } = given[basename(path)] ?? given[name] ?? {};
    return { name, path, dims: sizes, ...(values !== undefined && { values }) };
  };
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry): NamedModel[] => {
      const path = join(folder, entry.name);
      if (entry.name.endsWith(".onnx") && entry.isFile()) return [named(entry.name.slice(0, -5), path)];
      const inner = join(path, "model.onnx");
      return entry.isDirectory() && existsSync(inner) ? [named(entry.name, inner)] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
