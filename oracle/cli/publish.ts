import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { hexlify } from "ethers";
import { messageOf, OpgError, refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { outputBytes } from "../../core/jobs/declining.ts";
import { faultsOfOffer } from "../../core/jobs/limits.ts";
import { describeObjections } from "../../core/compile/objections.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import { requireHost } from "../../core/compile/requireHost.ts";
import { requireSame } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { describeDifference, type Difference } from "../../core/compile/difference.ts";
import type { Form } from "../../core/compile/form.ts";
import { requireKnown } from "../../core/program/judge.ts";
import { encodeHeader } from "../../core/program/program.ts";
import { parseProgramFile } from "../../core/program/programFile.ts";
import { modelCache } from "../connect.ts";
import type { VersionDetails } from "../ports.ts";
import { foreignRuntime } from "../runtime/processRuntime.ts";
import { addToCache, sha256Of } from "../store/files.ts";
import { parseAddress, parseAmount, parseCount, parseForm, externalBeside, readInputFile, UINT24 } from "./parse.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";
import { LOCAL_FILES, requireReadable, requireTerms, requireUris } from "./terms.ts";

interface PublishFlags {
  readonly source?: string;
  readonly form: string;
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
  readonly localFiles?: boolean;
}

export function publishCommand(model: Command, session: (command: Command) => Session): void {
  sends(model.command("publish <canonical>"))
    .description("publish a compiled model as a version; takes what `model compile` wrote")
    .option("--source <file>", "the file that it was compiled from: says how results differ; with --form source a canonical file that computes something else is refused")
    .option("--form <form>", "the form that it was compiled into, portable or source", "portable")
    .option("--accept-difference", "with --form source: publish a canonical file that differs from its source")
    .option("--program <file>", "the program file; NAME.program.json beside NAME.canonical.onnx by default")
    .option("--model <id>", "the model it is a version of; a new model by default")
    .option("--card <uri>", "model card of a new model", "")
    .option("--price <opg>", "least fee of a job", "0")
    .option("--min-bond <opg>", "least bond of a job", "0")
    .option("--min-window <seconds>", "least challenge window of a job", "60")
    .option("--share <basis points>", "publisher's part of a fee", "0")
    .option("--verifier <address>", "who judges its disputes; the verifier of the deployment by default")
    .option("--file-uri <uri>", "where the canonical file is served; by api.publicUrl, where a daemon of this machine serves it, by default")
    .option("--program-uri <uri>", "where the program file is served")
    .option("--local-files", LOCAL_FILES)
    .action(async (canonical: string, flags: PublishFlags, command: Command) => {
      await publish(session(command), canonical, flags);
    });
}

/** The command line, read: nothing of it depends on files or the chain. */
function readWishes(flags: PublishFlags) {
  const uri = (text: string | undefined, option: string) => (text === undefined ? undefined : requireUris(text, option, ["file", "http", "https", "ipfs"]));
  return {
    modelId: flags.model === undefined ? undefined : BigInt(parseCount(flags.model, "--model", Number.MAX_SAFE_INTEGER, 1)),
    form: parseForm(flags.form),
    card: flags.card === "" ? "" : requireUris(flags.card, "--card", ["file", "http", "https", "ipfs", "data"]),
    price: parseAmount(flags.price, "--price"),
    minBond: parseAmount(flags.minBond, "--min-bond"),
    minWindow: parseCount(flags.minWindow, "--min-window", UINT24, 1),
    shareBps: parseCount(flags.share, "--share", 10_000),
    verifier: flags.verifier === undefined ? undefined : parseAddress(flags.verifier, "--verifier"),
    fileURI: uri(flags.fileUri, "--file-uri"),
    programURI: uri(flags.programUri, "--program-uri"),
  };
}

export const differenceLines = (differences: readonly Difference[]): string[] =>
  differences.map((difference) => `difference    ${difference.output}: ${describeDifference(difference)}`);

async function publish(session: Session, canonicalPath: string, flags: PublishFlags): Promise<void> {
  const { output, config, world } = session;
  const wishes = readWishes(flags);
  const source = resolve(world.cwd, canonicalPath);
  const programPath = resolve(world.cwd, flags.program ?? source.replace(/(\.canonical)?\.onnx$/, ".program.json"));
  const canonical = readInputFile(source, "canonical file");
  const programFile = readInputFile(programPath, "program file");
  requireHost(parseProgramFile(programFile), foreignRuntime);
  const compiled = await rebuild(canonical, programFile, foreignRuntime);
  const reason = describeObjections(await compiled.objections(foreignRuntime));
  if (reason !== undefined) throw refusedError("VERSION_UNQUALIFIED", reason);
  const differences = flags.source === undefined ? [] : await compareWith(compiled, resolve(world.cwd, flags.source), wishes.form);
  if (wishes.form === "source" && flags.acceptDifference !== true) requireSame(differences);

  const base = config.api.publicUrl?.replace(/\/$/, "");
  const [fileDigest, programDigest] = [compiled.digest as Hex, sha256Of(programFile)];
  const uri = (digest: Hex, path: string) => (base === undefined ? pathToFileURL(path).href : `${base}/models/${digest}`);
  const { fileURI = uri(fileDigest, source), programURI = uri(programDigest, programPath) } = wishes;

  const { reader, calls } = await session.connection();
  if (flags.localFiles !== true) {
    const published: readonly [string, string][] = [[fileURI, "--file-uri"], [programURI, "--program-uri"], [wishes.card, "--card"]];
    for (const [uris, option] of published.filter(([uris]) => uris !== "")) requireReadable(uris, option, reader.deployment.chainId);
  }
  const verifier = wishes.verifier ?? reader.deployment.verifier;
  requireKnown(await reader.judge(verifier));
  const { price, minBond, minWindow, shareBps, card } = wishes;
  requireTerms(faultsOfOffer({ minWindow, shareBps, outputBytes: outputBytes(compiled.program) }, await reader.limits()));
  const detailsOf = (modelId: bigint): VersionDetails => ({
    modelId,
    programRoot: compiled.root as Hex,
    verifier,
    fileDigest,
    programDigest,
    price,
    minBond,
    minWindow,
    shareBps,
    header: hexlify(encodeHeader(compiled.program)) as Hex,
    fileURI,
    programURI,
  });
  const publishing = (modelId: bigint) => ({ kind: "publish", call: calls.publish(detailsOf(modelId)) });
  if (wishes.modelId === undefined) {
    // The id that a model made now would have: enough to see that both go through.
    await session.rehearse([{ kind: "create model", call: calls.createModel(card) }, publishing((await reader.modelCount()) + 1n)]);
  } else {
    await requireOwner(session, wishes.modelId);
    await session.rehearse([publishing(wishes.modelId)]);
  }
  for (const file of [canonical, programFile]) await addToCache(modelCache(config), file);
  const modelId = wishes.modelId ?? (await createModel(session, card));
  const sent = await session.send([publishing(modelId)]).then(
    ([entry]) => entry,
    (error: unknown) => {
      throw wishes.modelId === undefined ? halfDone(modelId, canonicalPath, error) : error;
    },
  );
  const [version] = (await session.outcome(sent)).versions;
  output.result({ version, transaction: sent.hash, ...detailsOf(modelId), ...(flags.source !== undefined && { differences }) }, [
    ...differenceLines(differences),
    `version       ${version}`,
    `model         ${modelId}`,
    `program root  ${compiled.root}`,
    `verifier      ${verifier}`,
    `canonical     ${fileURI}`,
    `program       ${programURI}`,
  ]);
}

/** The model is there and has no version yet: publishing goes on with it. */
function halfDone(modelId: bigint, canonical: string, error: unknown): OpgError {
  return new OpgError(error instanceof OpgError && error.kind === "transient" ? "transient" : "refused", "MODEL_WITHOUT_VERSION", `model ${modelId} was made, and its version was not published: ${messageOf(error)}`, {
    fix: `go on with it: opg model publish ${canonical} --model ${modelId}, and the other options as before`,
    details: { modelId },
    cause: error,
  });
}

export async function requireOwner(session: Session, modelId: bigint): Promise<void> {
  const { reader } = await session.connection();
  if (modelId > (await reader.modelCount())) throw refusedError("MODEL_UNKNOWN", `there is no model ${modelId}`, { fix: "see: opg model list" });
  const [{ owner }, own] = [await reader.model(modelId), await session.address()];
  if (owner === own) return;
  throw refusedError("NOT_OWNER", `model ${modelId} belongs to ${owner}, not to ${own}`, { fix: "use the key of its owner, or publish a model of your own without --model" });
}

async function compareWith(compiled: CompiledModel, source: string, form: Form): Promise<Difference[]> {
  const file = readInputFile(source, "source");
  return compiled.differencesFrom(file, foreignRuntime, form, externalBeside(source));
}

async function createModel(session: Session, card: string): Promise<bigint> {
  const { calls } = await session.connection();
  const [sent] = await session.send([{ kind: "create model", call: calls.createModel(card) }]);
  const [modelId] = (await session.outcome(sent)).models;
  return modelId;
}
