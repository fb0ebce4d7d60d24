import type { Interface } from "ethers";
import type { Hex } from "../hex.ts";
import { formatJobId } from "../jobs/job.ts";
import { plainFields } from "./fields.ts";
import type { ChainEvent, Emitter, Subject } from "./types.ts";

/** The event that tells of events undone. */
export const REORGANISED = "Reorganised";

/** Where a deployment's contracts are that tell of its history. */
export type Emitters = Readonly<Record<Emitter, Hex>>;

/** As much of a log as says what happened. */
export interface EventLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** What happened, without its place in the chain. */
export type Happening = Pick<ChainEvent, "emitter" | "name" | "subject" | "fields">;

/** What an event is about, by the indexed field that says it; the first that it has. */
const SUBJECTS: readonly (readonly [field: string, subject: (value: unknown) => Subject])[] = [
  ["jobId", (id) => `job:${formatJobId(id as bigint)}`],
  ["version", (id) => `version:${String(id)}`],
  ["modelId", (id) => `model:${String(id)}`],
  ["tokenId", (id) => `model:${String(id)}`],
  ["operator", (address) => `operator:${String(address).toLowerCase()}`],
];

/** Events that are about nothing that the history keeps. */
const LEFT_OUT = ["Approval", "ApprovalForAll", "PublisherPaid"];

const subjectIn = (inputs: readonly { readonly name: string }[]) => SUBJECTS.find(([field]) => inputs.some(({ name }) => name === field));

/** The events of a deployment that are about a job, an operator, a model or a version, by the ABIs of its contracts. */
export class DeploymentEvents {
  readonly #interfaces: Readonly<Record<Emitter, Interface>>;
  /** First topics of these events. */
  readonly topics: readonly Hex[];

  constructor(interfaces: Readonly<Record<Emitter, Interface>>) {
    this.#interfaces = interfaces;
    const topics: Hex[] = [];
    for (const contract of Object.values(interfaces)) {
      contract.forEachEvent(({ name, inputs, topicHash }) => {
        if (subjectIn(inputs) !== undefined && !LEFT_OUT.includes(name)) topics.push(topicHash as Hex);
      });
    }
    this.topics = topics;
  }

  /** The contracts that are listened to. */
  addresses(deployment: Emitters): Hex[] {
    return this.#emitters.map((emitter) => deployment[emitter]);
  }

  /** What a log tells; undefined where it is none of these events. Bonds to other registries of jobs are left out. */
  decode(deployment: Emitters, log: EventLog): Happening | undefined {
    const emitter = this.#emitters.find((name) => deployment[name] === log.address);
    const parsed = emitter && this.#interfaces[emitter].parseLog(log);
    const subject = parsed && subjectIn(parsed.fragment.inputs);
    if (emitter === undefined || !parsed || !subject || LEFT_OUT.includes(parsed.name)) return undefined;
    const fields = plainFields(parsed);
    if (emitter === "stakes" && fields.jobs !== deployment.jobs) return undefined;
    return { emitter, name: parsed.name, subject: subject[1](parsed.args.getValue(subject[0])), fields };
  }

  get #emitters(): readonly Emitter[] {
    return Object.keys(this.#interfaces) as Emitter[];
  }
}
