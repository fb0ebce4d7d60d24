/**
 * Writes `contracts/abi/*.json`, the committed ABIs that the oracle, the SDK and other projects import, and `contracts/abi/verifiers.json` and
 * `contracts/abi/contracts.json`, the code hashes by which they know the judges and the other contracts of every release, from the
 * build's artifacts. Run it after a change of a contract; a test says when that was forgotten.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keccak256 } from "ethers";
import { FAMILIES } from "../core/program/families.ts";

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

interface Artifact {
  readonly abi: readonly unknown[];
  readonly deployedBytecode: string;
  readonly immutableReferences?: Readonly<Record<string, readonly { start: number; length: number }[]>>;
  readonly linkReferences: object;
}

const artifactOf = (source: string, name: string): Artifact =>
  JSON.parse(readFileSync(join(root, "artifacts", "contracts", source, `${name}.json`), "utf8")) as Artifact;

/** The file's text for a contract, from its artifact. */
export function abiOf(name: string): string {
  const artifact = artifactOf(EXPORTED[name], name);
  return `[\n${artifact.abi.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`;
}

/** A contract by the hash of the code that every deployment of it has. */
export interface Code {
  readonly name: string;
  readonly codeHash: string;
}

/** What judges in a release: the verifier, and its families in the order of the opcodes' high byte. */
export interface ReleaseCode {
  readonly release: string;
  readonly verifier: Code;
  readonly families: readonly Code[];
}

export const verifiersFile = join(root, "contracts", "abi", "verifiers.json");

/** The releases on file, oldest first. */
export const readReleases = (): ReleaseCode[] =>
  existsSync(verifiersFile) ? (JSON.parse(readFileSync(verifiersFile, "utf8")) as ReleaseCode[]) : [];

function codeOf(folder: string, name: string): Code {
  const { deployedBytecode, immutableReferences = {}, linkReferences } = artifactOf(`${folder}/${name}.sol`, name);
  // INVARIANT: one hash knows every deployment; a constructor that writes into the code would make each another.
  if (Object.keys({ ...immutableReferences, ...linkReferences }).length > 0) {
    throw new Error(`${name} has immutables or linked libraries, so its code differs between deployments; keep what it needs in storage`);
  }
  return { name, codeHash: keccak256(deployedBytecode) };
}

/** Contracts of a deployment other than those that judge, and the folder of each. */
const DEPLOYED = { ModelRegistry: "registry", StakeRegistry: "staking", JobRegistry: "jobs", DisputeGame: "dispute", Lens: "periphery" } as const;

/** A contract by its code with zeros in place of what its constructor writes into it. */
export interface MaskedCode extends Code {
  /** Where the constructor writes: first byte and length. */
  readonly immutables: readonly (readonly [start: number, length: number])[];
}

export interface ReleaseContracts {
  readonly release: string;
  readonly contracts: readonly MaskedCode[];
}

export const contractsFile = join(root, "contracts", "abi", "contracts.json");

export const readContracts = (): ReleaseContracts[] =>
  existsSync(contractsFile) ? (JSON.parse(readFileSync(contractsFile, "utf8")) as ReleaseContracts[]) : [];

function maskedCodeOf(folder: string, name: string): MaskedCode {
  const { deployedBytecode, immutableReferences = {} } = artifactOf(`${folder}/${name}.sol`, name);
  const places = Object.values(immutableReferences).flat().sort((a, b) => a.start - b.start);
  // The compiler leaves zeros where the constructor writes.
  return { name, codeHash: keccak256(deployedBytecode), immutables: places.map(({ start, length }) => [start, length] as const) };
}

const ownVersion = (): string => (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;

export const builtContracts = (): ReleaseContracts => ({
  release: ownVersion(),
  contracts: Object.entries(DEPLOYED).map(([name, folder]) => maskedCodeOf(folder, name)),
});

/** The same as text, one contract a line. */
export function contractsWith(built: ReleaseContracts, before: readonly ReleaseContracts[]): string {
  const all = [...before.filter(({ release }) => release !== built.release), built];
  const texts = all.map(({ release, contracts }) => `  {\n    "release": ${JSON.stringify(release)},\n    "contracts": [\n${contracts.map((each) => `      ${JSON.stringify(each)}`).join(",\n")}\n    ]\n  }`);
  return `[\n${texts.join(",\n")}\n]\n`;
}

/** The release that this build would be. */
export function builtRelease(): ReleaseCode {
  const version = ownVersion();
  return { release: version, verifier: codeOf("dispute", "OpVerifier"), families: FAMILIES.map((name) => codeOf("families", name)) };
}

/** This build in its place: earlier releases stay, so that what they judge is known for ever. */
export function releasesWith(built: ReleaseCode, before: readonly ReleaseCode[]): string {
  const others = before.filter(({ release }) => release !== built.release);
  return `${JSON.stringify([...others, built], null, 2)}\n`;
}

export const abiFile = (name: string): string => join(root, "contracts", "abi", `${name}.json`);

if (import.meta.main) {
  mkdirSync(join(root, "contracts", "abi"), { recursive: true });
  for (const name of Object.keys(EXPORTED)) writeFileSync(abiFile(name), abiOf(name));
  writeFileSync(verifiersFile, releasesWith(builtRelease(), readReleases()));
  writeFileSync(contractsFile, contractsWith(builtContracts(), readContracts()));
  console.log(`contracts/abi/: ${Object.keys(EXPORTED).join(", ")}`);
}
