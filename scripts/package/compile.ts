/** The JavaScript and the types of a package's sources. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { SOURCES_BESIDE } from "./contents.ts";
import { withPublishedSpecifiers, type Package } from "./specifiers.ts";

/** Text by path in the repository, with the names of compiled files. */
export type Files = ReadonlyMap<string, string>;

/** Everything that is compiled or copied of a package's folder, and of what belongs to it elsewhere. */
export function compilePackage(root: string, own: Package, packages: readonly Package[]): Files {
  const { folder } = own;
  const all = globSync([`${folder}/**/*.{ts,mts,js,mjs,sql}`, ...(SOURCES_BESIDE[folder] ?? [])], { cwd: root, exclude: ["**/node_modules", `${folder}/dist`] }).map((path) => path.replaceAll("\\", "/")).sort();
  const sources = all.filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path));
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const files = new Map<string, string>();
  for (const path of all) if (!sources.includes(path)) files.set(path, read(path));
  for (const path of sources) files.set(path.replace(/\.ts$/, ".js"), toJavaScript(read(path), path));
  for (const [path, text] of typesOf(root, sources)) files.set(path, text);
  const others = packages.filter((each) => each !== own);
  return new Map([...files].map(([path, text]) => [path, path.endsWith(".sql") ? text : withPublishedSpecifiers(text, path, others)]));
}

const options = (root: string): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => readFileSync(path, "utf8")) as { config: unknown };
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options;
};

/** Rationale: types are erased file by file, as Node does in a checkout, so that both run the same statements. */
const toJavaScript = (text: string, path: string): string =>
  ts.transpileModule(text, {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, erasableSyntaxOnly: true },
  }).outputText;

function typesOf(root: string, sources: readonly string[]): Files {
  const inherited = options(root);
  const program = ts.createProgram(sources.map((path) => join(root, path)), {
    ...inherited,
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: root },
  });
  const files = new Map<string, string>();
  const wanted = new Set(sources.map((path) => path.replace(/\.ts$/, ".d.ts")));
  const { diagnostics } = program.emit(undefined, (path, text) => {
    const relative = path.slice(root.length + 1).replaceAll("\\", "/");
    if (wanted.has(relative)) files.set(relative, text);
  });
  const faults = [...program.getGlobalDiagnostics(), ...diagnostics];
  if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => "\n" }));
  return files;
}
