/** What the package of the kit for dApps has besides its sources: TypeChain's types, and the addresses of the contracts package. */
import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path/posix";
import ts from "typescript";
import { importsOf } from "../../checks/boundaries/source.ts";
import { compilePackage, type Files } from "./compile.ts";
import type { Package } from "./specifiers.ts";

/** Where the build writes the types, from the sources of the kit and from the package's. */
const GENERATED = "types/ethers-contracts";

/** The modules of the package, by their paths in it. Throws if the contracts are not built. */
export function sdkModules(root: string, own: Package, packages: readonly Package[]): Files {
  const files = new Map<string, string>();
  for (const [path, text] of compilePackage(root, own, packages)) files.set(path.slice(`${own.folder}/`.length), text.replaceAll(`"../${GENERATED}/`, `"./${GENERATED}/`));
  const contracts = packages.find(({ folder }) => folder === "contracts")!.name;
  files.set("publicDeployments.js", `export { deployments } from "${contracts}";\n`);
  files.set("publicDeployments.d.ts", `export { deployments, type Deployment } from "${contracts}";\n`);
  const named = importsOf({ path: "", text: readFileSync(join(root, own.folder, "contracts.ts"), "utf8") }).filter((specifier) => specifier.startsWith(`../${GENERATED}/`));
  for (const [path, text] of typesOf(root, named.map((specifier) => specifier.slice("../".length)))) files.set(path, text);
  return files;
}

/** Declarations of these files and of those that they import. */
function typesOf(root: string, paths: readonly string[]): Files {
  const files = new Map<string, string>();
  const wanted = new Set(paths);
  for (const path of wanted) {
    const source = join(root, path);
    if (!existsSync(source)) throw new Error(`${path} is missing: build the contracts first (npm run build)`);
    const text = readFileSync(source, "utf8");
    for (const specifier of importsOf({ path, text })) if (specifier.startsWith(".")) wanted.add(normalize(join(path, "..", specifier)).replace(/\.js$/, ".ts"));
    files.set(path.replace(/\.ts$/, ".d.ts"), ts.transpileDeclaration(text, { fileName: path, compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } }).outputText);
  }
  return files;
}
