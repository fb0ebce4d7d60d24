/** What the package of the contracts has besides sources: ABIs as typed constants, and addresses by chain. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { Deployment } from "../deploy.ts";
import { abiFile, EXPORTED } from "../export-abi.ts";
import type { Files } from "./compile.ts";

/** The chain that developers have on their machine, which is another one every time. */
const DEVELOPMENT_CHAIN = 31337;

/** `JobRegistry` → `jobRegistryAbi`, `OPG` → `opgAbi`. */
export const constantOf = (contract: string): string => `${contract.replace(/^([A-Z]+(?=[A-Z][a-z]|$)|[A-Z])/, (word) => word.toLowerCase())}Abi`;

/** The module of the ABIs, in TypeScript. */
const abis = (): string =>
  Object.keys(EXPORTED)
    .map((name) => `/** The ABI of ${name}. */\nexport const ${constantOf(name)} = ${readFileSync(abiFile(name), "utf8").trim()} as const;\n`)
    .join("\n");

/** Public deployments by the number of their chain. Throws where two files claim one chain. */
export function deploymentsIn(folder: string): Readonly<Record<number, Deployment>> {
  const found: Record<number, Deployment> = {};
  // What a later deployment replaced is kept under a longer name.
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^[^.]+\.json$/.test(file)).sort() : [];
  for (const file of files) {
    const deployment = Deployment.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
    if (deployment.chainId === DEVELOPMENT_CHAIN) continue;
    if (found[deployment.chainId] !== undefined) throw new Error(`${file} is a second deployment on chain ${deployment.chainId}: keep one of them elsewhere`);
    found[deployment.chainId] = deployment;
  }
  return found;
}

/** The module of the addresses, in TypeScript. */
const deployments = (root: string): string => `/** The contracts of one deployment, by their addresses. */
export interface Deployment {
  readonly chainId: number;
  /** No event of the protocol is older than this block. */
  readonly block: number;
${Object.keys(Deployment.shape).filter((name) => !["chainId", "block"].includes(name)).map((name) => `  readonly ${name}: \`0x\${string}\`;`).join("\n")}
}

/** Public deployments of this release, by the number of their chain. */
export const deployments: Readonly<Record<number, Deployment>> = ${JSON.stringify(deploymentsIn(join(root, "deployments")), null, 2)};
`;

/** The compiled modules, by name. */
export function contractModules(root: string): Files {
  const sources = { abi: abis(), deployments: deployments(root), index: 'export * from "./abi.js";\nexport * from "./deployments.js";\n' };
  const compilerOptions: ts.CompilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, declaration: true };
  return new Map(
    Object.entries(sources).flatMap(([name, text]) => [
      [`${name}.js`, ts.transpileModule(text, { compilerOptions }).outputText] as const,
      [`${name}.d.ts`, ts.transpileDeclaration(text, { compilerOptions }).outputText] as const,
    ]),
  );
}
