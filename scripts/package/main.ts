/**
 * Fills `dist/` of a package with what is published of it, before npm packs it: `node scripts/package/main.ts contracts|core|sdk|oracle|web`.
 * In a checkout nothing of it is used but the explorer, which is built there in the same way.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { artifactPath, provideArtifacts } from "../../oracle/certify/artifacts.ts";
import { buildExplorer } from "../devnet/explorer.ts";
import { CONTRACTS } from "../devnet/ground.ts";
import { compilePackage, type Files } from "./compile.ts";
import { FILES_BESIDE } from "./contents.ts";
import { contractModules } from "./contracts.ts";
import { sdkModules } from "./sdk.ts";
import type { Package } from "./specifiers.ts";

const root = join(import.meta.dirname, "..", "..");

const PACKAGES: readonly Package[] = ["contracts", "core", "sdk", "oracle", "web"].map((folder) => ({
  folder,
  name: (JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { name: string }).name,
}));

type Fill = (dist: string, own: Package) => Promise<void> | void;

const FILLS: Readonly<Record<string, Fill>> = {
  contracts: (dist) => write(dist, contractModules(root)),
  // The package's folder is the folder of its sources.
  core: (dist, own) => write(dist, new Map([...compilePackage(root, own, PACKAGES)].map(([path, text]) => [path.slice("core/".length), text]))),
  sdk: (dist, own) => write(dist, sdkModules(root, own, PACKAGES)),
  // Its folder is the repository's root as far as opg reaches: what sources find above theirs, compiled files find above theirs.
  async oracle(dist, own) {
    write(dist, compilePackage(root, own, PACKAGES));
    cpSync(join(root, "oracle", "package.json"), join(dist, "oracle", "package.json"));
    for (const file of globSync([...FILES_BESIDE.oracle], { cwd: root })) cpSync(join(root, file), join(dist, file));
    await provideArtifacts(CONTRACTS, () => console.error("building the contracts, which takes a minute"));
    for (const [folder, name] of CONTRACTS) copyArtifact(artifactPath(folder, name), dist);
  },
  web: (dist) => buildExplorer(dirname(dist)),
};

function write(dist: string, files: Files): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), text);
  }
}

/** A contract as `certify` and the devnet deploy it: its ABI and its code. */
function copyArtifact(path: string, dist: string): void {
  const { abi, bytecode } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  write(dist, new Map([[path.slice(root.length + 1), JSON.stringify({ abi, bytecode })]]));
}

const own = PACKAGES.find(({ folder }) => folder === process.argv[2]);
if (own === undefined) throw new Error(`name one of ${PACKAGES.map(({ folder }) => folder).join(", ")}`);
const dist = join(root, own.folder, "dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await FILLS[own.folder](dist, own);
cpSync(join(root, "LICENSE"), join(dist, "LICENSE"));
