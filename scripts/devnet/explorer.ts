/** The explorer's built files, which are made where they are missing or older than their sources. */
import { spawn } from "node:child_process";
import { existsSync, globSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { explorerFolder } from "../../oracle/api/explorer/files.ts";

/** Everything that the build reads, from the folder of the repository. */
const SOURCES = ["web/{src,public}/**/*", "web/{index.html,package.json,vite.config.ts}", "{core,sdk}/**/*.ts", "contracts/abi/*.json"];
/** Longest that a build may take, in milliseconds. */
const PATIENCE = 120_000;

/** @param onBuild told before they are built, which takes some seconds */
export async function provideExplorer(onBuild: () => void): Promise<void> {
  const dist = explorerFolder();
  const web = dirname(dist);
  // What is published has no sources, and is built.
  if (!existsSync(join(web, "src")) || isBuilt(web, dist)) return;
  onBuild();
  await buildExplorer(web);
}

function isBuilt(web: string, dist: string): boolean {
  const page = join(dist, "index.html");
  if (!existsSync(page)) return false;
  const root = dirname(web);
  const newest = Math.max(...globSync(SOURCES, { cwd: root, exclude: ["**/{node_modules,dist}"] }).map((file) => statSync(join(root, file)).mtimeMs));
  return statSync(page).mtimeMs >= newest;
}

/**
 * Builds `dist/` of the package in that folder.
 * Rationale: built beside, and put in its place at once, so that nobody who builds or reads at the same time finds half of it.
 */
export async function buildExplorer(web: string): Promise<void> {
  const dist = join(web, "dist");
  const vite = join(dirname(createRequire(join(web, "package.json")).resolve("vite/package.json")), "bin", "vite.js");
  const fresh = `${dist}.${process.pid}`;
  try {
    await run(vite, ["build", "--outDir", fresh, "--emptyOutDir", "--logLevel", "error"], web);
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function run(script: string, argv: readonly string[], cwd: string): Promise<void> {
  const child = spawn(process.execPath, [script, ...argv], { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: PATIENCE });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`the explorer was not built: ${said.trim() || `vite ended with code ${String(code)}`}`);
}
