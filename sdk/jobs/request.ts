import type { Hex } from "../../core/hex.ts";
import { ZERO_ADDRESS } from "../../core/jobs/job.ts";
import { faultsOfRequest, type Limits } from "../../core/jobs/limits.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { jobsInterface, modelsInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";
import { OpgError } from "../errors.ts";
import { named, version, type NamedSpecs, type Version } from "../models/versions.ts";
import { encodeInputs, type InputValues } from "../tensors/encode.ts";
import { fund, type Funding } from "./funds.ts";

/** What a request may ask beyond the version's least terms. Amounts in base units of OPG, times in seconds. */
export interface RequestOptions {
  /** The version's price by default. */
  readonly fee?: bigint;
  /** What the operator puts at stake; the version's minimum by default. */
  readonly bond?: bigint;
  /** In which the result may be challenged; the version's minimum by default. */
  readonly window?: number;
  /** From now on, in which it is to be served. */
  readonly serveWithin?: number;
  /** Of the callback to the requester; an account needs none. */
  readonly callbackGas?: number;
  /** The only operator that may serve it. */
  readonly operator?: Hex;
  /** Where the input is served: it is committed to by its roots, and not sent along. For inputs that calldata do not take. */
  readonly inputUri?: string;
  /** What `namedSpecs` gives of the version: then the inputs may go by the names of its published file. */
  readonly named?: NamedSpecs;
  /** How a fee is paid that the prepaid balance does not cover. */
  readonly funding?: Funding;
}

/** A request that is mined. */
export interface Requested {
  /** The new job's id. */
  readonly job: bigint;
  readonly transaction: Hex;
  /** The block that holds the request: give it to `waitForResult`. */
  readonly block: number;
}

/** Seconds in which a job is to be served by default. */
const SERVE_WITHIN = 300;

/** Asks for an inference and pays for it. What the registry would refuse is refused before anything is signed. */
export async function request(context: Context, id: Hex, values: InputValues, options: RequestOptions = {}): Promise<Requested> {
  const { chain, deployment, send } = context;
  const asked = await version(context, id);
  requireUsable(asked);
  const input = encodeInputs(named(asked.inputs, options.named?.inputs), values);
  const { fee = asked.quote.price, bond = asked.quote.minBond, window = asked.quote.minWindow } = options;
  const { serveWithin = SERVE_WITHIN, callbackGas = 0, operator = ZERO_ADDRESS, inputUri, funding = "permit" } = options;
  const inline = inputUri === undefined ? input.length : 0;
  const faults = faultsOfRequest({ fee, bond, window, callbackGas, serveWithin, inline }, asked.quote, await limits(context));
  if (faults.length > 0) throw new OpgError("TERMS", faults.map(({ option, problem }) => `${optionOf(option)}: ${problem}`).join("; "), "correct what is named");
  await fund(context, fee, funding);
  const terms = [id, operator, fee, bond, callbackGas, window, (await chain.head()).next + serveWithin];
  const sent =
    inputUri === undefined
      ? await send(deployment.jobs, jobsInterface, "request", [terms, input])
      : await send(deployment.jobs, jobsInterface, "requestByRoots", [terms, rootsOf(asked.inputs, input), inputUri]);
  const event = sent.logs.find(({ address, topics }) => address === deployment.jobs && REQUESTS.has(topics[0]));
  if (event === undefined) throw new OpgError("CHAIN", `transaction ${sent.hash} shows no request`, "look for it at the node");
  return { job: BigInt(event.topics[1]), transaction: sent.hash, block: sent.block };
}

const REQUESTS = new Set<string>(["JobRequested", "JobRequestedByRoots"].map((name) => jobsInterface.getEvent(name)!.topicHash));

/** `--callback-gas` → `callbackGas`: what opg's command line calls an option, this kit calls a property. */
const optionOf = (option: string): string =>
  option === "--deadline" ? "serveWithin" : option.replace(/^--/, "").replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function requireUsable({ id, quote: { open }, successor, verifier, verifierKnown }: Version): void {
  if (!open) throw new OpgError("VERSION", `version ${id} is deprecated and takes no jobs`, successor === undefined ? "use another version" : `its publisher names a successor: ${successor}`);
  if (!verifierKnown) throw new OpgError("VERSION", `version ${id} is judged by the verifier ${verifier}, whose code is that of no release`, "use another version: this one's judge may acquit liars");
}

function rootsOf(specs: readonly TensorSpec[], input: Uint8Array): string[] {
  let at = 0;
  return specs.map((spec) => tensorRoot({ ...spec, perm: spec.dims.map((_, axis) => axis) }, input.subarray(at, (at += byteLength(spec)))));
}

async function limits({ ask, deployment: { jobs, models } }: Context): Promise<Limits> {
  const limit = async (name: string): Promise<number> => Number((await ask(jobs, jobsInterface, name))[0]);
  const [maxWindow, maxServePeriod, maxInputBytes, maxOutputBytes, maxCallbackGas, maxShareBps] = await Promise.all([
    ...(["maxWindow", "maxServePeriod", "maxInputBytes", "maxOutputBytes", "maxCallbackGas"] as const).map(limit),
    ask(models, modelsInterface, "MAX_SHARE_BPS").then(([share]) => Number(share)),
  ]);
  return { maxWindow, maxServePeriod, maxInputBytes, maxOutputBytes, maxCallbackGas, maxShareBps };
}
