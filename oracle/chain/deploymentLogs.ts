import type { Interface, LogDescription } from "ethers";
import { transientError } from "../../core/errors.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import type { ChainEvent, Deployment, Emitter, Hex, Subject } from "../ports.ts";
import type { BlockLogFilter } from "./blockLogs.ts";
import { readHeader } from "./blocks.ts";
import { gameInterface, jobsInterface, modelsInterface, stakesInterface } from "./contracts.ts";
import { plainFields } from "./logs.ts";
import type { JsonRpc } from "./rpc.ts";
import type { Log } from "./schemas.ts";

const INTERFACES: Readonly<Record<Emitter, Interface>> = {
  jobs: jobsInterface,
  game: gameInterface,
  stakes: stakesInterface,
  models: modelsInterface,
};
const EMITTERS = Object.keys(INTERFACES) as readonly Emitter[];

/** Headers asked for at once. */
const HEADERS_AT_ONCE = 16;

/** What an event is about, by the indexed field that says it; the first that it has. */
const SUBJECTS: readonly (readonly [field: string, subject: (value: unknown) => Subject])[] = [
  ["jobId", (id) => `job:${formatJobId(id as bigint)}`],
  ["version", (id) => `version:${String(id)}`],
  ["modelId", (id) => `model:${String(id)}`],
  ["tokenId", (id) => `model:${String(id)}`],
  ["operator", (address) => `operator:${String(address).toLowerCase()}`],
];

/** Events that are about nothing that the index keeps. */
const LEFT_OUT = ["Approval", "ApprovalForAll", "PublisherPaid"];

const subjectIn = (inputs: readonly { readonly name: string }[]) => SUBJECTS.find(([field]) => inputs.some(({ name }) => name === field));

const TOPICS: readonly Hex[] = EMITTERS.flatMap((emitter) => {
  const topics: Hex[] = [];
  INTERFACES[emitter].forEachEvent(({ name, inputs, topicHash }) => {
    if (subjectIn(inputs) !== undefined && !LEFT_OUT.includes(name)) topics.push(topicHash as Hex);
  });
  return topics;
});

/** Asks for every event of a deployment that is about a job, an operator, a model or a version. */
export const deploymentFilter = (deployment: Deployment): BlockLogFilter => ({
  address: EMITTERS.map((emitter) => deployment[emitter]),
  topics: [TOPICS],
});

/** The events that logs tell of, with the times of their blocks. Bonds of other registries of jobs are left out. */
export async function toChainEvents(rpc: JsonRpc, deployment: Deployment, logs: readonly Log[]): Promise<ChainEvent[]> {
  const decoded = logs.map((log) => ({ log, event: decode(deployment, log) })).filter(({ event }) => event !== undefined);
  const times = await timesOf(rpc, new Map(decoded.map(({ log }) => [log.blockNumber, log.blockHash])));
  return decoded.map(({ log, event }) => ({
    block: log.blockNumber,
    logIndex: log.logIndex,
    time: times.get(log.blockNumber)!,
    transaction: log.transactionHash,
    ...event!,
  }));
}

function decode(deployment: Deployment, log: Log): Pick<ChainEvent, "emitter" | "name" | "subject" | "fields"> | undefined {
  const emitter = EMITTERS.find((name) => deployment[name] === log.address);
  const parsed: LogDescription | null | undefined = emitter && INTERFACES[emitter].parseLog({ topics: log.topics, data: log.data });
  const subject = parsed && subjectIn(parsed.fragment.inputs);
  if (emitter === undefined || !parsed || !subject || LEFT_OUT.includes(parsed.name)) return undefined;
  const fields = plainFields(parsed);
  if (emitter === "stakes" && fields.jobs !== deployment.jobs) return undefined;
  return { emitter, name: parsed.name, subject: subject[1](parsed.args.getValue(subject[0])), fields };
}

/** @returns block → Unix seconds */
async function timesOf(rpc: JsonRpc, blocks: ReadonlyMap<number, Hex>): Promise<Map<number, number>> {
  const wanted = [...blocks];
  const times = new Map<number, number>();
  for (let start = 0; start < wanted.length; start += HEADERS_AT_ONCE) {
    await Promise.all(
      wanted.slice(start, start + HEADERS_AT_ONCE).map(async ([number, hash]) => {
        const header = await readHeader(rpc, number);
        if (header?.hash !== hash) throw transientError("CHAIN_MOVED", `block ${number} of ${rpc.name} is not the one that its logs are of`);
        times.set(number, header.timestamp);
      }),
    );
  }
  return times;
}
