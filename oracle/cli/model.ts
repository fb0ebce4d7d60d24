import { writeFile, mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { formatUnits } from "ethers";
import { refusedError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { compile } from "../core/program/compile.ts";
import type { CompiledModel } from "../core/program/compile.ts";
import { dtypeName, ruleName } from "../core/program/types.ts";
import type { TensorSpec } from "../core/program/types.ts";
import { openVersions } from "../main.ts";
import type { ChainReader } from "../ports.ts";
import { ortRuntime } from "../runtime/ort.ts";
import { sha256Of } from "../store/files.ts";
import { certifyCommand } from "./certify.ts";
import { ACCEPT_DIFFERENCE, describeSpec, parseDims, parseVersion, readExternal, readInputFile } from "./parse.ts";
import { differenceLines, publishCommand } from "./publish.ts";
import type { Session } from "./session.ts";
import { readSamples, slackOn } from "./slack.ts";

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

  publishCommand(model, session);

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

async function opened(session: Session) {
  return { connection: await session.connection(), output: session.output, config: session.config };
}
