import type { Hex } from "../core/hex.ts";
import type { Quote } from "../core/jobs/quote.ts";
import type { OpenAction } from "../core/jobs/next.ts";
import { createContext } from "./chain/context.ts";
import type { Chain, Mined } from "./chain/port.ts";
import { opgErrorOf } from "./chain/reverts.ts";
import { deploymentOn, type Place } from "./deploymentOn.ts";
import { disputes, type ChallengedJob } from "./jobs/disputes.ts";
import { balance, deposit, withdraw, type Funding } from "./jobs/funds.ts";
import { request, type Requested, type RequestOptions } from "./jobs/request.ts";
import { cancel, settle, step } from "./jobs/settle.ts";
import { outputTensors } from "./jobs/values.ts";
import { job, waitForResult, type JobUpdate, type WaitOptions } from "./jobs/waiting.ts";
import type { FetchFile } from "./files.ts";
import { operators, operatorsAt, type Operator } from "./models/operators.ts";
import { model, models, named, quote, version, type Model, type NamedSpecs, type Version } from "./models/versions.ts";
import type { Deployment } from "./publicDeployments.ts";
import type { Tensor } from "./tensors/decode.ts";
import type { InputValues } from "./tensors/encode.ts";
import type { Verdict, VerifyOptions } from "./verify/verify.ts";

/** Which deployment to connect to, and what the node permits. */
export interface ConnectOptions extends Place {
  /** Blocks whose logs are asked for at once: what the node permits. */
  readonly logRange?: number;
}

/** Blocks whose logs most public nodes give at once. */
const LOG_RANGE = 2_000;

/** How a submitted output is read. */
export interface OutputOptions {
  /** How values are fetched: by default over http and https, and IPFS by a public gateway. */
  readonly fetchFile?: FetchFile;
  /** What `namedSpecs` gives of the job's version: then outputs have the names of its published file. */
  readonly named?: NamedSpecs;
}

/** What a dApp does with one deployment. Every method throws an OpgError. */
export interface Client {
  /** The contracts that the client speaks with. */
  readonly deployment: Deployment;
  /** The library that it speaks through. */
  readonly chain: Chain;

  /** The least terms of a job of a version. */
  quote(version: Hex): Promise<Quote>;
  /** Asks for an inference and pays for it, of the prepaid balance as far as that goes. */
  request(version: Hex, inputs: InputValues, options?: RequestOptions): Promise<Requested>;
  /** Every stage of a job until nothing more can come. */
  waitForResult(job: bigint, options?: WaitOptions): AsyncGenerator<JobUpdate, void>;
  /** A job as it stands now. */
  job(job: bigint): Promise<JobUpdate>;
  /** A job's submitted output; the values of one that the chain has by its roots are fetched, and have these. */
  outputs(job: bigint, options?: OutputOptions): Promise<Tensor[]>;
  /** Rebuilds the program from the published files and replays the job's run, without a key and without a runtime. */
  verify(job: bigint, options?: VerifyOptions): Promise<Verdict>;

  /** Withdraws a job that nobody has reserved or served; only its requester may. */
  cancel(job: bigint): Promise<Mined>;
  /** Steps that anyone may take, each when it is due. */
  refund(job: bigint): Promise<Mined>;
  /** Settles a result whose window is over, or that was upheld; the requester is called back. */
  finalize(job: bigint): Promise<Mined>;
  /** Repeats a callback that failed. Rejected with `CallbackFailed` if it fails again. */
  retryCallback(job: bigint): Promise<Mined>;
  /** The step that an update names in `next`. */
  take(job: bigint, action: OpenAction): Promise<Mined>;
  /** Whichever of them is next. */
  settle(job: bigint): Promise<Mined>;

  /** OPG with the jobs registry: of the own account by default. */
  balance(account?: Hex): Promise<bigint>;
  /** Pays into the own balance, in base units of OPG: by a permit unless `funding` says otherwise. */
  deposit(amount: bigint, funding?: Exclude<Funding, "balance">): Promise<Mined>;
  /** Takes out of the own balance, in base units of OPG: to the own account by default. */
  withdraw(amount: bigint, to?: Hex): Promise<Mined>;

  /** Models by their numbers, which begin with 1: `count` of them, by default 100, from `first` on. */
  models(first?: bigint, count?: number): Promise<Model[]>;
  /** A model with the ids of its versions. Rejected with `VERSION` if there is none. */
  model(id: bigint): Promise<Model>;
  /** What a version fixes, with the specs of its inputs and outputs and the least terms of its jobs. */
  version(id: Hex): Promise<Version>;
  /** A version's input and output specs under the names of its published file. */
  namedSpecs(version: Hex, fetchFile?: FetchFile): Promise<NamedSpecs>;
  /** Every account that ever bonded to the jobs registry, in the order of their first bonds. */
  operators(): Promise<Operator[]>;
  /** An account as an operator: zeros if it never bonded. */
  operator(address: Hex): Promise<Operator>;
  /** Jobs that were challenged from a block on: by default in the whole life of the deployment. */
  disputes(fromBlock?: number): Promise<ChallengedJob[]>;
}

/** The client of a chain, whichever library speaks with it. */
export async function openClient(chain: Chain, { logRange = LOG_RANGE, ...place }: ConnectOptions = {}): Promise<Client> {
  const deployment = await deploymentOn(chain, place).catch((error: unknown) => {
    throw opgErrorOf(error);
  });
  const context = createContext(chain, deployment, logRange);
  return {
    deployment,
    chain,
    quote: (id) => quote(context, id),
    request: (id, inputs, options) => request(context, id, inputs, options),
    waitForResult: (id, options) => waitForResult(context, id, options),
    job: (id) => job(context, id),
    outputs: async (id, options = {}) => {
      const { state } = await job(context, id);
      const specs = (await version(context, state.job.version)).outputs;
      return outputTensors(state, named(specs, options.named?.outputs), options.fetchFile);
    },
    cancel: (id) => cancel(context, id),
    refund: (id) => step(context, id, "refund"),
    finalize: (id) => step(context, id, "finalize"),
    retryCallback: (id) => step(context, id, "retryCallback"),
    take: (id, action) => step(context, id, action),
    settle: (id) => settle(context, id),
    balance: async (account) => balance(context, account ?? (await context.account())),
    deposit: (amount, funding) => deposit(context, amount, funding),
    withdraw: (amount, to) => withdraw(context, amount, to),
    models: (first, count) => models(context, first, count),
    model: (id) => model(context, id),
    version: (id) => version(context, id),
    // Rationale: what reads and replays models is many times the rest of the kit; who asks and waits does not load it.
    verify: async (id, options) => (await import("./verify/verify.ts")).verify(context, id, options),
    namedSpecs: async (id, fetchFile) => (await import("./models/named.ts")).namedSpecs(context, id, fetchFile),
    operators: () => operators(context),
    operator: async (address) => (await operatorsAt(context, [address]))[0],
    disputes: (fromBlock) => disputes(context, fromBlock),
  };
}
