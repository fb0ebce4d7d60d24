import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/** A file of the repository. Paths are relative to its root and have forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Files that match a pattern, without what others wrote. */
export function sourcesOf(root: string, pattern: string): Source[] {
  return globSync(pattern, { cwd: root, exclude: ["**/node_modules", "*/dist"] })
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** What a file of TypeScript imports, types included, at its top or when it comes to it. */
export const importsOf = ({ text }: Source): string[] => ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);

/** What a file of Solidity imports. */
export const solidityImportsOf = ({ text }: Source): string[] => [...text.matchAll(/^import [^;]*?"([^"]+)"/gm)].map(([, target]) => target);

/** The file that a relative import names. */
export const targetOf = ({ path }: Source, specifier: string): string => normalize(join(dirname(path), specifier)).replaceAll("\\", "/");

/** The part of a folder that a file below it belongs to: the folder's folder, or its own name where it stands directly there. */
export function partOf(folder: string, path: string): string {
  const [first] = path.slice(folder.length + 1).split("/");
  return first.replace(/\.(tsx?|sol)$/, "");
}

export const parse = ({ path, text }: Source): ts.SourceFile => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
