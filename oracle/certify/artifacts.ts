/** The compiled contracts of this project, which are made where they are missing or older than their sources. */
import { existsSync, globSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export const artifactPath = (folder: string, name: string): string => join(root, "artifacts", "contracts", folder, `${name}.sol`, `${name}.json`);

const newest = (pattern: string): number => Math.max(0, ...globSync(pattern, { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs));

/** Whether there are artifacts from after the last change of a source. Looking is a hundred times quicker than building. */
function isBuilt(needed: readonly (readonly [folder: string, name: string])[]): boolean {
  return needed.every((path) => existsSync(artifactPath(...path))) && newest("artifacts/build-info/*.json") >= newest("{contracts/**/*.sol,hardhat.config.ts}");
}

/** @param onBuild told before the contracts are compiled, which takes a while */
export async function provideArtifacts(needed: readonly (readonly [folder: string, name: string])[], onBuild: () => void): Promise<void> {
  if (isBuilt(needed)) return;
  onBuild();
  await build();
}

async function build(): Promise<void> {
  const { createHardhatRuntimeEnvironment, importUserConfig } = await import("hardhat/hre");
  const config = join(root, "hardhat.config.ts");
  const hre = await createHardhatRuntimeEnvironment(await importUserConfig(config), { config }, root);
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  // A build that found nothing to do leaves its records as old as they were: say that they are up to date.
  const now = new Date();
  for (const file of globSync("artifacts/build-info/*.json", { cwd: root })) utimesSync(join(root, file), now, now);
}
