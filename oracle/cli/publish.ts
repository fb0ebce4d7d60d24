import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { hexlify } from "ethers";
import { inputError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { outputBytes } from "../../core/program/jobOutput.ts";
import { faultsOfOffer } from "../../core/jobs/limits.ts";
import { describeDifference, type Difference } from "../../core/compile/difference.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { requireKnown } from "../../core/program/judge.ts";
import { encodeHeader } from "../../core/program/program.ts";
import { modelCache } from "../connect.ts";
import type { VersionDetails } from "../ports.ts";
import { addToCache, sha256Of } from "../store/files.ts";
import { uploadAll, type Upload } from "../store/uploads.ts";
import { nameOf, parseBindings, parseValues, VALUE } from "./bindings.ts";
import { compileOffers, readOffer, type Offer } from "./offers.ts";
import { createModel, halfDone, requireOwner } from "./ownModel.ts";
import { parseAddress, parseAmount, parseCount, parseForm, UINT24 } from "./parse.ts";
import { publishAll } from "./publishAll.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";
import { uploads, uploadsOf, type UploadFlags } from "./upload.ts";
import { LOCAL_FILES, requireReadable, requireTerms, requireUris } from "./terms.ts";

interface PublishFlags extends UploadFlags {
  readonly dim?: string[];
  readonly value?: string[];
  readonly out?: string;
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
  uploads(sends(model.command("publish <file>")))
    .description("publish a compiled model as a version; takes what `model compile` wrote, or with --dim or --value the source, of which it makes a version for every size")
    .option("--dim <name=sizes...>", "compile the file with these sizes of a symbolic dimension, batch=1,8 for example, and publish a version for every combination of sizes; done again, it goes on with what is missing")
    .option("--value <input=json...>", `compile the file with this ${VALUE}; with --source, the value that it was compiled with`)
    .option("--out <folder>", "with --dim or --value: where the compiled files go; beside the source by default")
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
    .action(async (file: string, flags: PublishFlags, command: Command) => {
      await publish(session(command), file, flags);
    });
}

type Wishes = ReturnType<typeof readWishes> & { readonly uploads: readonly Upload[] };

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

/** What of the publisher's file is no part of the program, for people. */
export const settledLines = ({ origin }: CompiledModel): string[] => origin.settled.map(({ name, why }) => `left out      ${name} (If): ${why}`);

/** A version that is offered, with what it will fix in a model. */
type DetailsOf = (modelId: bigint) => VersionDetails;

async function publish(session: Session, path: string, flags: PublishFlags): Promise<void> {
  const { output, config, world } = session;
  const wishes = { ...readWishes(flags), uploads: uploadsOf(flags, session) };
  const { form } = wishes;
  const values = parseValues(flags.value ?? []);
  const options = { values, form, acceptDifference: flags.acceptDifference === true, cwd: world.cwd };
  const isSource = flags.dim !== undefined || (flags.value !== undefined && flags.source === undefined);
  const bindings = isSource ? parseBindings(flags.dim ?? []) : undefined;
  if (bindings === undefined) {
    const offer = await readOffer(path, { ...options, program: flags.program, source: flags.source });
    const [detailsOf] = await offeredDetails(session, [offer], wishes, flags);
    const { modelId, sent, version } = await publishOne(session, path, wishes, offer, detailsOf);
    const { differences } = offer;
    return output.result({ version, transaction: sent.hash, ...detailsOf(modelId), ...(flags.source !== undefined && { differences }) }, [
      ...differenceLines(differences),
      `version       ${version}`,
      `model         ${modelId}`,
      `program root  ${offer.compiled.root}`,
      `verifier      ${detailsOf(modelId).verifier}`,
      `canonical     ${detailsOf(modelId).fileURI}`,
      `program       ${detailsOf(modelId).programURI}`,
    ]);
  }
  for (const [option, given] of [["--source", flags.source], ["--program", flags.program]] as const) {
    if (given !== undefined) throw inputError("USAGE", `${option} belongs to a compiled file, and --dim and --value to its source`, { fix: `leave out ${option}, or --dim and --value` });
  }
  const offers = await compileOffers(path, bindings, { ...options, out: flags.out }, output);
  const details = await offeredDetails(session, offers, wishes, flags);
  for (const { files } of offers) for (const file of [files.canonical, files.program]) await addToCache(modelCache(config), file);
  const { modelId, versions } = await publishAll(session, path, wishes, offers, details);
  output.result(
    {
      modelId,
      versions: versions.map(({ version, transaction }, i) => ({ dims: offers[i].binding, ...(flags.value !== undefined && { values }), version, transaction, ...details[i](modelId), differences: offers[i].differences })),
    },
    [
      `model         ${modelId}`,
      ...versions.flatMap(({ version, transaction }, i) => [
        `version       ${version}  ${nameOf(offers[i].binding!, values)}${transaction === null ? ", published before" : ""}`,
        ...[...differenceLines(offers[i].differences), ...settledLines(offers[i].compiled)].map((line) => `  ${line}`),
        `  canonical   ${details[i](modelId).fileURI}`,
        `  program     ${details[i](modelId).programURI}`,
      ]),
    ],
  );
}

/** What each version would fix; refuses what the chain, or nobody else, would take. */
async function offeredDetails(session: Session, offers: readonly Offer[], wishes: Wishes, flags: PublishFlags): Promise<DetailsOf[]> {
  const base = session.config.api.publicUrl?.replace(/\/$/, "");
  const uri = (digest: Hex, path: string, wished: string | undefined, option: string) => {
    if (wished === undefined) return base === undefined ? pathToFileURL(path).href : `${base}/models/${digest}`;
    if (offers.length > 1 && !wished.includes(DIGEST)) {
      throw inputError("URI", `${option} would be the address of ${offers.length} files`, { fix: `write ${DIGEST} in it where the SHA-256 of a file belongs` });
    }
    return wished.replaceAll(DIGEST, digest);
  };
  const { reader } = await session.connection();
  const verifier = wishes.verifier ?? reader.deployment.verifier;
  // Nothing is put anywhere of what the chain would not take.
  requireKnown(await reader.judge(verifier));
  const limits = await reader.limits();
  const { minWindow, shareBps } = wishes;
  for (const { compiled } of offers) requireTerms(faultsOfOffer({ minWindow, shareBps, outputBytes: outputBytes(compiled.program) }, limits));
  // Where a file is put, its address follows; one that was given besides stands before it.
  const placed = async (content: Uint8Array, digest: Hex, path: string, wished: string | undefined, option: string): Promise<string> => {
    if (wishes.uploads.length === 0) return uri(digest, path, wished, option);
    const own = wished === undefined ? [] : [uri(digest, path, wished, option)];
    return [...own, await uploadAll(wishes.uploads, content, basename(path))].join(" ");
  };
  const details: DetailsOf[] = [];
  for (const { compiled, paths, files } of offers) {
    const [fileDigest, programDigest] = [compiled.digest as Hex, sha256Of(files.program)];
    const fileURI = await placed(files.canonical, fileDigest, paths.canonical, wishes.fileURI, "--file-uri");
    const programURI = await placed(files.program, programDigest, paths.program, wishes.programURI, "--program-uri");
    const { price, minBond } = wishes;
    const header = hexlify(encodeHeader(compiled.program)) as Hex;
    details.push((modelId) => ({ modelId, programRoot: compiled.root as Hex, verifier, fileDigest, programDigest, price, minBond, minWindow, shareBps, header, fileURI, programURI }));
  }
  if (flags.localFiles !== true) {
    const published = details.flatMap((of): [string, string][] => [[of(0n).fileURI, "--file-uri"], [of(0n).programURI, "--program-uri"]]);
    for (const [uris, option] of [...published, [wishes.card, "--card"] as const].filter(([uris]) => uris !== "")) requireReadable(uris, option, reader.deployment.chainId);
  }
  return details;
}

/** Stands in an address for the SHA-256 of the file that it is of. */
const DIGEST = "{digest}";

async function publishOne(session: Session, path: string, { modelId: given, card }: Wishes, { files }: Offer, detailsOf: DetailsOf) {
  const { reader, calls } = await session.connection();
  const publishing = (modelId: bigint) => ({ kind: "publish", call: calls.publish(detailsOf(modelId)) });
  if (given === undefined) {
    // The id that a model made now would have: enough to see that both go through.
    await session.rehearse([{ kind: "create model", call: calls.createModel(card) }, publishing((await reader.modelCount()) + 1n)]);
  } else {
    await requireOwner(session, given);
    await session.rehearse([publishing(given)]);
  }
  for (const file of [files.canonical, files.program]) await addToCache(modelCache(session.config), file);
  const modelId = given ?? (await createModel(session, card));
  const sent = await session.send([publishing(modelId)]).then(
    ([entry]) => entry,
    (error: unknown) => {
      throw given === undefined ? halfDone(modelId, path, error) : error;
    },
  );
  const [version] = (await session.outcome(sent)).versions;
  return { modelId, sent, version };
}
