import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCES_BESIDE } from "../../scripts/package/contents.ts";
import { importsOf, sourcesOf } from "./source.ts";

/** Not imported, but run or served: the Node that comes along, and the explorer. */
const RUN = /^(node-|opengradient-optimistic-explorer$)/;
/** What the compiler takes of itself. */
const TYPES = /^@types\//;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** `@scope/name/file` → `@scope/name`. */
const packageOf = (specifier: string): string => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

/** The package of this repository that a file leaves its own for, by its folder. */
const entered = (folder: string, path: string, specifier: string): string | undefined => {
  const [target] = join(path, "..", specifier).replaceAll("\\", "/").split("/");
  return target === folder ? undefined : target;
};

/** Of the explorer its built files are published, so that whoever installs it needs nothing: what it is built of are development dependencies. */
const isBuilt = (folder: string): boolean => folder === "web";

/** Packages that a published one needs and does not name, and those that it names and does not need. */
export function dependencies(root: string, folders: readonly string[]): string[] {
  const manifest = (folder: string) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest & { name: string };
  const names = new Map(["contracts", ...folders].map((folder) => [folder, manifest(folder).name]));
  return folders.flatMap((folder) => {
    const used = new Map<string, string>();
    for (const source of [`${folder}/**/*.{ts,tsx,mjs}`, ...(SOURCES_BESIDE[folder] ?? [])].flatMap((pattern) => sourcesOf(root, pattern))) {
      for (const specifier of importsOf(source)) {
        const other = specifier.startsWith(".") ? names.get(entered(folder, source.path, specifier) ?? "") : packageOf(specifier);
        if (other !== undefined && !/^(node:|#)/.test(other)) used.set(other, source.path);
      }
    }
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest(folder);
    const named = (isBuilt(folder) ? [devDependencies] : [dependencies, optionalDependencies, peerDependencies]).flatMap((each) => Object.keys(each));
    return [
      ...[...used].filter(([name]) => !named.includes(name)).map(([name, path]) => `${path} imports ${name}, which ${folder}/package.json does not depend on`),
      ...named.filter((name) => !used.has(name) && !RUN.test(name) && !TYPES.test(name)).map((name) => `${folder}/package.json depends on ${name}, which nothing in ${folder}/ imports`),
    ];
  });
}
