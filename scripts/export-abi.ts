/**
 * Writes the interfaces that the oracle and other projects speak to as `abi/NAME.json`, from the build's artifacts.
 * `--check` writes nothing and fails where a file is not what the build gives.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const NAMES = ["JobRegistry", "DisputeGame", "StakeRegistry", "ModelRegistry"];

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
let stale = 0;

mkdirSync(join(root, "abi"), { recursive: true });
for (const name of NAMES) {
  const artifact = join(root, "artifacts", "contracts", "interfaces", `I${name}.sol`, `I${name}.json`);
  const { abi } = JSON.parse(readFileSync(artifact, "utf8")) as { abi: readonly unknown[] };
  const text = `[\n${abi.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`;
  const file = join(root, "abi", `${name}.json`);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`abi/${name}.json is not what the contracts give; run: npm run abi`);
    stale++;
  }
}
process.exitCode = stale === 0 ? 0 : 1;
