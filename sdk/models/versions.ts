import type { Result } from "ethers";
import type { Hex } from "../../core/hex.ts";
import { ZERO_HASH } from "../../core/jobs/job.ts";
import type { Quote } from "../../core/jobs/quote.ts";
import { decodeHeader } from "../../core/program/header.ts";
import { splitUris } from "../../core/uris.ts";
import { dtypeName } from "../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { jobsInterface, lensInterface, modelsInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";
import { OpgError } from "../errors.ts";

/** A model's version, as the chain has it. */
export interface Version {
  readonly id: Hex;
  readonly modelId: bigint;
  readonly programRoot: Hex;
  /** The judge of disputes, and whether its code is that of a release: rely on no version with an unknown one. */
  readonly verifier: Hex;
  readonly verifierKnown: boolean;
  /** SHA-256 of the published files, and where they are served. */
  readonly fileDigest: Hex;
  readonly programDigest: Hex;
  readonly fileUris: readonly string[];
  readonly programUris: readonly string[];
  readonly quote: Quote;
  /** The version to use instead, if this one is deprecated and its publisher named one. */
  readonly successor: Hex | undefined;
  /** Graph inputs and outputs. The chain knows no names: they are "input 0", "output 0" and so on (see `namedSpecs`). */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** A version's specs under the names of its published file. */
export interface NamedSpecs {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** Specs as the chain has them, under the names of others that are told to be the same. Throws if they are not. */
export function named(specs: readonly TensorSpec[], told: readonly TensorSpec[] = specs): TensorSpec[] {
  const shown = (all: readonly TensorSpec[]): string => all.map(({ dtype, dims }) => `${dtypeName(dtype)} [${dims.join(", ")}]`).join("; ");
  if (shown(specs) !== shown(told)) throw new OpgError("TENSOR", `the version has ${shown(specs)}, the named specs ${shown(told)}`, "take those that namedSpecs gives of this version");
  return specs.map((spec, i) => ({ ...spec, name: told[i].name }));
}

/** A model: an ERC-721 token whose owner publishes versions. */
export interface Model {
  readonly id: bigint;
  readonly owner: Hex;
  /** Where the card is served. */
  readonly cardUri: string;
  /** Oldest first. */
  readonly versions: readonly Hex[];
}

const lower = (hex: unknown): Hex => String(hex).toLowerCase() as Hex;

export async function quote({ ask, deployment }: Context, version: Hex): Promise<Quote> {
  const [answer] = (await ask(deployment.jobs, jobsInterface, "quote", [version])) as unknown as [Result];
  return {
    price: answer.price as bigint,
    minBond: answer.minBond as bigint,
    minWindow: Number(answer.minWindow),
    shareBps: Number(answer.shareBps),
    open: answer.open as boolean,
  };
}

/** Everything that the chain says of a version; throws an OpgError for an unknown one. */
export async function version(context: Context, id: Hex): Promise<Version> {
  const { ask, deployment } = context;
  const { models, lens } = deployment;
  const [[details], terms, [successor]] = (await Promise.all([
    ask(models, modelsInterface, "versionOf", [id]),
    quote(context, id),
    ask(models, modelsInterface, "successorOf", [id]),
  ])) as unknown as [[Result], Quote, [string]];
  const [verifierKnown] = (await ask(lens, lensInterface, "isVerifierKnown", [details.verifier])) as unknown as [boolean];
  const { inputs, outputs } = specsOf(id, details.header as string);
  return {
    id,
    modelId: details.modelId as bigint,
    programRoot: lower(details.programRoot),
    verifier: lower(details.verifier),
    verifierKnown,
    fileDigest: lower(details.fileDigest),
    programDigest: lower(details.programDigest),
    fileUris: splitUris(details.fileURI as string),
    programUris: splitUris(details.programURI as string),
    quote: terms,
    successor: lower(successor) === ZERO_HASH ? undefined : lower(successor),
    inputs,
    outputs,
  };
}

/** A publisher may put any bytes in a header's place. */
function specsOf(id: Hex, header: string): Pick<Version, "inputs" | "outputs"> {
  try {
    const { inputs, outputs } = decodeHeader(header);
    return { inputs, outputs: outputs.map(({ name, dtype, dims }) => ({ name, dtype, dims })) };
  } catch (cause) {
    throw new OpgError("VERSION", `version ${id} has no readable header`, "use another version: none of this one's jobs can be asked for or judged", { cause });
  }
}

const modelOf = (view: Result): Model => ({
  id: view.modelId as bigint,
  owner: lower(view.owner),
  cardUri: view.metadataURI as string,
  versions: Array.from(view.versions as Iterable<string>, lower),
});

/** Models by their numbers, which begin with 1: `count` of them from `first` on, as far as there are. */
export async function models({ ask, deployment }: Context, first = 1n, count = 100): Promise<Model[]> {
  const [list] = (await ask(deployment.lens, lensInterface, "modelRange", [first, count])) as unknown as [Result[]];
  return Array.from(list, modelOf);
}

export async function model(context: Context, id: bigint): Promise<Model> {
  const [found] = await models(context, id, 1);
  if (found === undefined || found.id !== id) throw new OpgError("VERSION", `there is no model ${id}`, "see `models`");
  return found;
}
