/**
 * Writes `abi/*.json`, the committed ABIs that the oracle, the SDK and other projects import, from the build's
 * artifacts. Run it after a change of a contract's surface; a test says when that was forgotten.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Contract → source file below `contracts/`. */
export const EXPORTED: Record<string, string> = {
  OPG: "token/OPG.sol",
  ModelRegistry: "registry/ModelRegistry.sol",
  StakeRegistry: "staking/StakeRegistry.sol",
  JobRegistry: "jobs/JobRegistry.sol",
  DisputeGame: "dispute/DisputeGame.sol",
  OpVerifier: "dispute/OpVerifier.sol",
  Lens: "periphery/Lens.sol",
  IInferenceConsumer: "interfaces/IInferenceConsumer.sol",
  DigitReader: "consumer/examples/DigitReader.sol",
};

/** The file's text for a contract, from its artifact. */
export function abiOf(name: string): string {
  const artifact = JSON.parse(readFileSync(join(root, "artifacts", "contracts", EXPORTED[name], `${name}.json`), "utf8")) as {
    abi: unknown[];
  };
  return `[\n${artifact.abi.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`;
}

export const abiFile = (name: string): string => join(root, "abi", `${name}.json`);

if (import.meta.main) {
  mkdirSync(join(root, "abi"), { recursive: true });
  for (const name of Object.keys(EXPORTED)) writeFileSync(abiFile(name), abiOf(name));
  console.log(`abi/: ${Object.keys(EXPORTED).join(", ")}`);
}
