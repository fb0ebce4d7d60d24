import type { LogDescription } from "ethers";
import type { Hex } from "../../core/hex.ts";
import type { JobEvent, JobEventType } from "../../core/jobs/events.ts";
import { formatJobId, REWARD_PARTS } from "../../core/jobs/job.ts";
import { foldJob, type JobState } from "../../core/jobs/state.ts";
import { gameInterface, jobsInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";
import type { Log } from "../chain/port.ts";
import { namedArguments } from "../chain/reverts.ts";
import { OpgError } from "../errors.ts";

/** The events that tell of one job. */
const EVENTS: Readonly<Record<JobEventType, true>> = {
  ...{ JobRequested: true, JobRequestedByRoots: true, JobAccepted: true, JobSubmitted: true, JobSubmittedByRoots: true, JobChallenged: true, JobUpheld: true },
  ...{ JobConvicted: true, JobFinalized: true, CallbackDelivered: true, JobCancelled: true, JobRefunded: true },
  ...{ Challenged: true, Opened: true, Demanded: true, Revealed: true, Advanced: true, ConvictedByProof: true, ConvictedByDefault: true },
  ...{ RewardTakenOver: true, RewardCollected: true, FeeReclaimed: true, Resolved: true },
};

const TOPICS: readonly Hex[] = [jobsInterface, gameInterface].flatMap((contract) =>
  Object.keys(EVENTS).flatMap((name) => (contract.hasEvent(name) ? [contract.getEvent(name)!.topicHash as Hex] : [])),
);
const REQUESTS: readonly Hex[] = ["JobRequested", "JobRequestedByRoots"].map((name) => jobsInterface.getEvent(name)!.topicHash as Hex);

/** Blocks below the head that are read again, as they may have been replaced. */
const REREAD = 64;

const idTopic = (id: bigint): Hex => `0x${id.toString(16).padStart(64, "0")}`;

/** The block of a job's request, looked for from the newest backwards. Throws for a job that does not exist. */
export async function requestBlock({ ask, deployment, chain, logs, logRange }: Context, id: bigint): Promise<number> {
  const [status] = (await ask(deployment.jobs, jobsInterface, "statusOf", [id])) as unknown as [bigint];
  const { number } = await chain.head();
  for (let to = number; status !== 0n && to >= deployment.block; to -= logRange) {
    const fromBlock = Math.max(deployment.block, to - logRange + 1);
    const found = await logs({ address: [deployment.jobs], topics: [REQUESTS, [idTopic(id)]], fromBlock, toBlock: to });
    if (found.length > 0) return found[0].block;
  }
  throw new OpgError("JOB", `there is no job ${formatJobId(id)}`, "check the id, the network and the deployment");
}

/** The events of one job, read from the chain as it goes on. */
export class JobHistory {
  readonly #context: Context;
  readonly #id: bigint;
  readonly #start: number;
  #until: number;
  #logs: Log[] = [];

  /** @param start the block of the request */
  constructor(context: Context, id: bigint, start: number) {
    this.#context = context;
    this.#id = id;
    this.#start = start;
    this.#until = start - 1;
  }

  /** Reads what is new up to a block, and the last blocks before once more. */
  async read(head: number): Promise<void> {
    // A node that is behind says nothing new.
    if (head < this.#until) return;
    const { deployment, logs } = this.#context;
    const from = Math.max(this.#start, this.#until + 1 - REREAD);
    const fresh = await logs({ address: [deployment.jobs, deployment.game], topics: [TOPICS, [idTopic(this.#id)]], fromBlock: from, toBlock: head });
    this.#logs = [...this.#logs.filter(({ block }) => block < from), ...fresh];
    this.#until = head;
  }

  /** The job after each transaction that tells of it; nothing while its request is not among them. */
  states(): JobState[] {
    const events = this.#logs.map((log) => jobEventOf(log, this.#context.deployment.game));
    const isLast = (i: number): boolean => this.#logs[i].transaction !== this.#logs[i + 1]?.transaction;
    return events.flatMap((_, i) => (isLast(i) ? (foldJob(this.#id, events.slice(0, i + 1)) ?? []) : []));
  }
}

function jobEventOf(log: Log, game: Hex): JobEvent {
  const contract = log.address === game ? gameInterface : jobsInterface;
  const parsed = contract.parseLog({ topics: log.topics, data: log.data })!;
  return { type: parsed.name, ...plainFields(parsed) } as JobEvent;
}

/** Times and positions, which fit a number. */
const NUMBERS = new Set(["openBy", "deadline", "collectableAt", "revealBy", "until"]);

const plainFields = (parsed: LogDescription): Record<string, unknown> =>
  Object.fromEntries(Object.entries(namedArguments(parsed)).map(([name, value]) => [name, plain(name, value)]));

function plain(name: string, value: unknown): unknown {
  if (name === "part") return REWARD_PARTS[Number(value)];
  if (typeof value === "bigint") return NUMBERS.has(name) ? Number(value) : value;
  if (typeof value === "string") return name === "uri" ? value : value.toLowerCase();
  return Array.isArray(value) ? Array.from(value as Iterable<string>, (item) => item.toLowerCase()) : value;
}
