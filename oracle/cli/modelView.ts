import type { Command } from "commander";
import { refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { boundaryNames } from "../../core/onnx/model.ts";
import { decodeHeader } from "../../core/program/header.ts";
import { isRooted } from "../../core/program/jobOutput.ts";
import { parseProgramFile } from "../../core/program/programFile.ts";
import { dtypeName } from "../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { showOpg } from "../../core/words.ts";
import type { Config } from "../config/schema.ts";
import { modelCache, openVersions } from "../connect.ts";
import { createFiles, readPublished } from "../store/files.ts";
import type { ChainReader, VersionDetails } from "../ports.ts";
import { executionLines, outputLines } from "./execution.ts";
import { describeSpec, parseVersion } from "./parse.ts";
import type { Session } from "./session.ts";

/** Bytes of a canonical file that is fetched for no more than the names in it. */
const NAMES_BYTES = 32 * 1024 * 1024;
const NAMES_MS = 5_000;

export function viewCommands(model: Command, session: (command: Command) => Session): void {
  model
    .command("list")
    .description("models in the registry with their versions")
    .action(async (_options: unknown, command: Command) => {
      const current = session(command);
      const { reader } = await current.connection();
      const count = Number(await reader.modelCount());
      const models = [];
      for (let id = 1; id <= count; id++) {
        const found = await reader.model(BigInt(id));
        const versions = await Promise.all(found.versions.map((version) => summarise(reader, version)));
        models.push({ ...found, modelId: id, versions });
      }
      const lines = models.flatMap(({ modelId, owner, uri, versions }) => [
        `model ${modelId}  owner ${owner}${uri === "" ? "" : `  ${uri}`}`,
        ...versions.map(({ version, state, successor, judge }) => `  ${version}  ${stateLine(state, successor ?? undefined)}, judged by ${judge.verifier} (${nameOf(judge)})`),
      ]);
      current.output.result({ models }, lines.length === 0 ? ["no models"] : lines);
    });

  model
    .command("show <version>")
    .description("what a version fixes, and what goes in and out; --check rebuilds it from its files")
    .option("--check", "fetch the files, rebuild the program and run it against its schedules here")
    .action(async (text: string, options: { check?: boolean }, command: Command) => {
      const current = session(command);
      const version = parseVersion(text);
      const { output, config } = current;
      const connection = await current.connection();
      const { reader } = connection;
      const state = await reader.offerState(version);
      if (state === "unknown") throw refusedError("VERSION_UNKNOWN", `there is no version ${version} in this registry`, { fix: "see: opg model list" });
      const details = await reader.version(version);
      const [judge, successor, { owner }] = await Promise.all([describeJudge(reader, details.verifier), reader.successor(version), reader.model(details.modelId)]);
      if (options.check === true) {
        const versions = openVersions(connection, config);
        await versions.get(version);
        await versions.close();
      }
      const { inputs, outputs, named } = await boundaryOf(current, details, details.fileURI);
      const execution = await executionOf(current, details);
      const checked = options.check === true;
      output.result(
        { version, state, successor: successor ?? null, owner, ...details, inputs: inputs.map(specJson), outputs: outputs.map(specJson), outputByRoots: isRooted({ outputs }), named, execution: execution ?? null, judge, ...(checked && { checked }) },
        [
          `version       ${version} (${stateLine(state, successor)})`,
          `model         ${details.modelId}, of ${owner}`,
          ...inputs.map((spec) => `input         ${describeSpec(spec)}`),
          ...outputLines(outputs),
          ...(named ? [] : ["              (their names are in the canonical file, which is not to be had here or is large)"]),
          `program root  ${details.programRoot}`,
          ...(execution === undefined ? ["              (its runtime is named in the program file, which is not to be had here)"] : executionLines(execution)),
          `verifier      ${details.verifier} (${nameOf(judge)})`,
          ...judge.families.map(({ family, codeHash }, i) => `  family ${i + 1}    ${family}  code ${codeHash}`),
          `price         ${showOpg(details.price)}, publisher's share ${details.shareBps / 100} %`,
          `least bond    ${showOpg(details.minBond)}`,
          `least window  ${details.minWindow} s`,
          `canonical     ${details.fileURI}  SHA-256 ${details.fileDigest}`,
          `program       ${details.programURI}  SHA-256 ${details.programDigest}`,
          ...(checked ? ["checked       the files give this program, and this host follows its schedules"] : []),
        ],
      );
    });
}

const stateLine = (state: string, successor: Hex | undefined): string => (successor === undefined ? state : `${state}, use ${successor} instead`);

const specJson = ({ name, dtype, dims }: TensorSpec) => ({ name, dtype: dtypeName(dtype), dims });

/** What goes in and out of a version: from the chain, with the names of the canonical file where `uris` or the cache has it. */
export async function boundaryOf({ config }: Session, { header, fileDigest }: VersionDetails, uris: string) {
  const { inputs, outputs } = decodeHeader(header);
  const names = await namesIn(config, fileDigest, uris);
  const named = names !== undefined && names.inputs.length === inputs.length && names.outputs.length === outputs.length;
  const withNames = <T extends TensorSpec>(specs: readonly T[], list: readonly string[]): T[] => specs.map((spec, i) => ({ ...spec, name: list[i] }));
  return named
    ? { inputs: withNames(inputs, names.inputs), outputs: withNames(outputs, names.outputs), named }
    : { inputs, outputs, named };
}

/** Names are worth no long wait and no large file. */
async function namesIn(config: Config, digest: Hex, uris: string) {
  const cache = modelCache(config);
  const cached = await readPublished(cache, digest);
  cached?.stream.destroy();
  if (cached !== undefined && cached.length > NAMES_BYTES) return undefined;
  const files = createFiles({ cache, timeoutMs: NAMES_MS, ipfsGateways: config.sources.ipfsGateways });
  return files.published(uris, digest, NAMES_BYTES).then(boundaryNames).catch(() => undefined);
}

/** What the program file states of the runs, where its address or the cache has it. */
async function executionOf({ config }: Session, { programURI, programDigest }: VersionDetails) {
  const files = createFiles({ cache: modelCache(config), timeoutMs: NAMES_MS, ipfsGateways: config.sources.ipfsGateways });
  const stated = await files.published(programURI, programDigest, NAMES_BYTES).then(parseProgramFile).catch(() => undefined);
  return stated && { runtime: stated.runtime, kernels: stated.kernels, threads: stated.threads };
}

/** A judge as it is shown: by the release that it is from, or as unknown. */
async function describeJudge(reader: ChainReader, verifier: Hex) {
  const { code, families, release } = await reader.judge(verifier);
  return {
    verifier,
    codeHash: code.verifier,
    families: families.map((family, i) => ({ family, codeHash: code.families[i] })),
    release: release ?? null,
  };
}

const nameOf = ({ release, codeHash }: Awaited<ReturnType<typeof describeJudge>>): string =>
  release === null ? `UNKNOWN code ${codeHash}: do not rely on it` : `release ${release}`;

async function summarise(reader: ChainReader, version: Hex) {
  const { verifier } = await reader.version(version);
  const [state, successor] = await Promise.all([reader.offerState(version), reader.successor(version)]);
  return { version, state, successor: successor ?? null, judge: await describeJudge(reader, verifier) };
}
