import { plainFields } from "../../core/history/fields.ts";
import { encodeJobEvent, jobEventSchema } from "../../core/jobs/events.ts";
import type { JobEvent } from "../../core/jobs/events.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import type { Hex } from "../../core/hex.ts";
import type { Deployment, StoredEvent } from "../ports.ts";
import { gameInterface, jobsInterface } from "./contracts.ts";
import type { Log } from "./schemas.ts";

/** Events about one job, of both contracts that speak about jobs. */
const JOB_EVENTS = [
  [jobsInterface, "jobs"],
  [gameInterface, "game"],
] as const;

/** Topics that a filter for job events asks for: every event whose first indexed field is a job id. */
export const JOB_TOPICS: readonly Hex[] = JOB_EVENTS.flatMap(([contract]) => {
  const topics: Hex[] = [];
  contract.forEachEvent((event) => {
    if (event.inputs[0]?.name === "jobId") topics.push(event.topicHash as Hex);
  });
  return topics;
});

/** The event that a log tells of, or undefined when it is not about a job. */
export function decodeJobLog(deployment: Deployment, log: Log): { id: bigint; event: JobEvent } | undefined {
  const source = JOB_EVENTS.find(([, name]) => deployment[name] === log.address);
  const parsed = source?.[0].parseLog({ topics: log.topics, data: log.data });
  if (!parsed || parsed.fragment.inputs[0]?.name !== "jobId") return undefined;
  const event = jobEventSchema.safeParse({ type: parsed.name, ...plainFields(parsed) });
  return event.success ? { id: parsed.args[0] as bigint, event: event.data } : undefined;
}

export function toStoredEvent(deployment: Deployment, log: Log): StoredEvent | undefined {
  const decoded = decodeJobLog(deployment, log);
  if (decoded === undefined) return undefined;
  const { id, event } = decoded;
  const { blockNumber: block, logIndex, address } = log;
  return { block, logIndex, job: formatJobId(id), event: encodeJobEvent(event), disputed: address === deployment.game };
}
