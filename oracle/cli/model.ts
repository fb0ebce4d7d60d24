import { writeFile, mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { formatUnits, hexlify } from "ethers";
import { refusedError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { compile, describeObjections, rebuild, requireSame } from "../core/program/compile.ts";
import type { CompiledModel } from "../core/program/compile.ts";
import { describeDifference, type Difference } from "../core/program/difference.ts";
import { requireKnown } from "../core/program/judge.ts";
import { encodeHeader } from "../core/program/program.ts";
import { dtypeName, ruleName } from "../core/program/types.ts";
import type { TensorSpec } from "../core/program/types.ts";
import { modelCache, openVersions } from "../main.ts";
import type { ChainReader, VersionDetails } from "../ports.ts";
import { ortRuntime } from "../runtime/ort.ts";
import { addToCache, sha256Of } from "../store/files.ts";
import { certifyCommand } from "./certify.ts";
import { ACCEPT_DIFFERENCE, describeSpec, parseAddress, parseAmount, parseCount, parseDims, parseVersion, readExternal, readInputFile } from "./parse.ts";
import type { Session } from "./session.ts";
import { readSamples, slackOn } from "./slack.ts";

const differenceLines = (differences: readonly Difference[]): string[] =>
  differences.map((difference) => `difference    ${difference.output}: ${describeDifference(difference)}`);

const specJson = ({ name, dtype, dims }: TensorSpec) => ({ name, dtype: dtypeName(dtype), dims });

/** The two files that are published, by the name of the source. */
const publishedNames = (folder: string, source: string) => {
  const stem = basename(source).replace(/\.onnx$/, "");
  return { canonical: join(folder, `${stem}.canonical.onnx`), program: join(folder, `${stem}.program.json`) };
};

export function modelCommands(parent: Command, session: (command: Command) => Session): void {
  const model = parent.command("model").description("compile, publish and look at models");

  model
    .command("compile <file>")
    .description("compile an ONNX file into the canonical file and its program")
    .option("--out <folder>", "where the two files go; beside the source by default")
    .option("--dim <name=size...>", "size of a symbolic dimension")
    .option("--accept-difference", ACCEPT_DIFFERENCE)
    .option("--sample <file...>", "raw bytes of a job's input to measure the slack on; seeded random inputs by default")
    .action(async (file: string, options: CompileFlags, command: Command) => {
      const { output, world } = session(command);
      const source = resolve(world.cwd, file);
      const model = readInputFile(source, "model");
      const samples = readSamples(options.sample ?? [], world.cwd);
      const external = await readExternal(source, model);
      const progress = output.progress("compile");
      let compiled: CompiledModel;
      try {
        compiled = await compile(
          model,
          { runtime: ortRuntime, dims: parseDims(options.dim ?? []), externalData: external, acceptDifference: options.acceptDifference === true },
          ({ stage, done, total }) => progress.update(done, total, stage),
        );
      } finally {
        progress.stop();
      }
      const { slack, lines } = await slackOn(compiled, samples, output);
      const names = publishedNames(options.out === undefined ? dirname(source) : resolve(world.cwd, options.out), source);
      await mkdir(dirname(names.canonical), { recursive: true });
      await writeFile(names.canonical, compiled.canonical);
      await writeFile(names.program, compiled.programFile);
      const { program, root, differences } = compiled;
      output.result(
        {
          file,
          programRoot: root,
          ...names,
          canonicalDigest: sha256Of(compiled.canonical),
          programDigest: sha256Of(compiled.programFile),
          inputs: program.inputs.map(specJson),
          outputs: program.outputs.map(specJson),
          nodes: program.nodes.map(({ name, op, rule }, index) => ({ index, name, op, rule: ruleName(rule) })),
          differences,
          slack,
        },
        [
          `program root  ${root}`,
          ...program.inputs.map((spec) => `input         ${describeSpec(spec)}`),
          ...program.outputs.map((spec) => `output        ${describeSpec(spec)}`),
          ...program.nodes.map(({ name, op, rule }) => `  ${ruleName(rule).padEnd(8)} ${op.padEnd(20)} ${name}`),
          ...lines,
          ...differenceLines(differences),
          `canonical     ${names.canonical}`,
          `program       ${names.program}`,
        ],
      );
    });

  certifyCommand(model, session);

  model
    .command("publish <canonical>")
    .description("publish a compiled model as a version; takes what `model compile` wrote")
    .option("--source <file>", "the file that it was compiled from: a canonical file that computes something else is refused")
    .option("--accept-difference", "publish a canonical file that differs from its source")
    .option("--program <file>", "the program file; NAME.program.json beside NAME.canonical.onnx by default")
    .option("--model <id>", "the model it is a version of; a new model by default")
    .option("--card <uri>", "model card of a new model", "")
    .option("--price <opg>", "least fee of a job", "0")
    .option("--min-bond <opg>", "least bond of a job", "0")
    .option("--min-window <seconds>", "least challenge window of a job", "60")
    .option("--share <basis points>", "publisher's part of a fee", "0")
    .option("--verifier <address>", "who judges its disputes; the verifier of the deployment by default")
    .option("--file-uri <uri>", "where the canonical file is served; this machine's API or file by default")
    .option("--program-uri <uri>", "where the program file is served")
    .action(async (canonical: string, options: PublishOptions, command: Command) => {
      await publish(session(command), canonical, options);
    });

  model
    .command("list")
    .description("models in the registry with their versions")
    .action(async (_options: unknown, command: Command) => {
      const { connection, output } = await opened(session(command));
      const { reader } = connection;
      const count = Number(await reader.modelCount());
      const models = [];
      for (let id = 1; id <= count; id++) {
        const found = await reader.model(BigInt(id));
        const versions = await Promise.all(found.versions.map((version) => summarise(reader, version)));
        models.push({ ...found, modelId: id, versions });
      }
      const lines = models.flatMap(({ modelId, owner, uri, versions }) => [
        `model ${modelId}  owner ${owner}${uri === "" ? "" : `  ${uri}`}`,
        ...versions.map(({ version, state, judge }) => `  ${version}  ${state}, judged by ${judge.verifier} (${nameOf(judge)})`),
      ]);
      output.result({ models }, lines.length === 0 ? ["no models"] : lines);
    });

  model
    .command("show <version>")
    .description("what a version fixes; --check rebuilds it from its files")
    .option("--check", "fetch the files, rebuild the program and run it against its schedules here")
    .action(async (text: string, options: { check?: boolean }, command: Command) => {
      const { connection, output, config } = await opened(session(command));
      const version = parseVersion(text);
      const state = await connection.reader.offerState(version);
      if (state === "unknown") throw refusedError("VERSION_UNKNOWN", `there is no version ${version} in this registry`);
      const details = await connection.reader.version(version);
      const judge = await describeJudge(connection.reader, details.verifier);
      let checked: boolean | undefined;
      if (options.check === true) {
        const versions = openVersions(connection, config);
        await versions.get(version);
        await versions.close();
        checked = true;
      }
      output.result({ version, state, ...details, judge, ...(checked && { checked }) }, [
        `version       ${version} (${state})`,
        `model         ${details.modelId}`,
        `program root  ${details.programRoot}`,
        `verifier      ${details.verifier} (${nameOf(judge)})`,
        ...judge.families.map(({ family, codeHash }, i) => `  family ${i + 1}    ${family}  code ${codeHash}`),
        `price         ${formatUnits(details.price)} OPG, publisher's share ${details.shareBps / 100} %`,
        `least bond    ${formatUnits(details.minBond)} OPG`,
        `least window  ${details.minWindow} s`,
        `canonical     ${details.fileURI}  SHA-256 ${details.fileDigest}`,
        `program       ${details.programURI}  SHA-256 ${details.programDigest}`,
        ...(checked === true ? ["checked       the files give this program, and this host follows its schedules"] : []),
      ]);
    });
}

interface CompileFlags {
  readonly out?: string;
  readonly dim?: string[];
  readonly sample?: string[];
  readonly acceptDifference?: boolean;
}

interface PublishOptions {
  readonly source?: string;
  readonly acceptDifference?: boolean;
  readonly program?: string;
  readonly model?: string;
  readonly card: string;
  readonly price: string;
  readonly minBond: string;
  readonly minWindow: string;
  readonly share: string;
  readonly verifier?: string;
  readonly fileUri?: string;
  readonly programUri?: string;
}

async function publish(session: Session, canonicalPath: string, options: PublishOptions): Promise<void> {
  const { output, config, world } = session;
  const source = resolve(world.cwd, canonicalPath);
  const programPath = resolve(world.cwd, options.program ?? source.replace(/(\.canonical)?\.onnx$/, ".program.json"));
  const canonical = readInputFile(source, "canonical file");
  const programFile = readInputFile(programPath, "program file");
  const compiled = await rebuild(canonical, programFile, ortRuntime);
  const reason = describeObjections(await compiled.objections(ortRuntime));
  if (reason !== undefined) throw refusedError("VERSION_UNQUALIFIED", reason);
  const differences = options.source === undefined ? [] : await compareWith(compiled, resolve(world.cwd, options.source));
  if (options.acceptDifference !== true) requireSame(differences);
  const base = config.api.publicUrl?.replace(/\/$/, "");
  const fileDigest = await addToCache(modelCache(config), canonical);
  const programDigest = await addToCache(modelCache(config), programFile);
  const uri = (given: string | undefined, digest: Hex, path: string) =>
    given ?? (base === undefined ? pathToFileURL(path).href : `${base}/models/${digest}`);

  const { reader, calls } = await session.connection();
  const verifier = options.verifier === undefined ? reader.deployment.verifier : parseAddress(options.verifier, "--verifier");
  requireKnown(await reader.judge(verifier));
  const known = options.model === undefined ? undefined : BigInt(parseCount(options.model, "--model"));
  const modelId = known ?? (await createModel(session, options.card));
  const details: VersionDetails = {
    modelId,
    programRoot: compiled.root as Hex,
    verifier,
    fileDigest,
    programDigest,
    price: parseAmount(options.price, "--price"),
    minBond: parseAmount(options.minBond, "--min-bond"),
    minWindow: parseCount(options.minWindow, "--min-window", 2 ** 24 - 1),
    shareBps: parseCount(options.share, "--share", 10_000),
    header: hexlify(encodeHeader(compiled.program)) as Hex,
    fileURI: uri(options.fileUri, fileDigest, source),
    programURI: uri(options.programUri, programDigest, programPath),
  };
  const [sent] = await session.send([{ kind: "publish", call: calls.publish(details) }]);
  const [version] = (await session.outcome(sent)).versions;
  output.result({ version, transaction: sent.hash, ...details, ...(options.source !== undefined && { differences }) }, [
    ...differenceLines(differences),
    `version       ${version}`,
    `model         ${modelId}`,
    `program root  ${compiled.root}`,
    `verifier      ${verifier}`,
    `canonical     ${details.fileURI}`,
    `program       ${details.programURI}`,
  ]);
}

async function compareWith(compiled: CompiledModel, source: string): Promise<Difference[]> {
  const file = readInputFile(source, "source");
  return compiled.differencesFrom(file, ortRuntime, await readExternal(source, file));
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
  return { version, state: await reader.offerState(version), judge: await describeJudge(reader, verifier) };
}

async function createModel(session: Session, card: string): Promise<bigint> {
  const { calls } = await session.connection();
  const [sent] = await session.send([{ kind: "create model", call: calls.createModel(card) }]);
  const [modelId] = (await session.outcome(sent)).models;
  return modelId;
}

async function opened(session: Session) {
  return { connection: await session.connection(), output: session.output, config: session.config };
}
