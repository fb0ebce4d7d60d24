import { REORGANISED } from "./events.ts";
import { splitFields } from "./fields.ts";
import { FOLDS, jobAfter, type Entity, type SequencedEvent } from "./folds.ts";
import type { EventFilter, HistoryIndex, Newest } from "./historyIndex.ts";
import { ALL_JOBS, tallyChanges } from "./tallies.ts";
import type { ChainEvent, EventFields, IndexedEvent, IndexedJob, IndexedModel, IndexedOperator, IndexedVersion, JobFilter, Overview, Subject, Tally } from "./types.ts";

type Kind = keyof typeof FOLDS;

/** An event as it is kept. `long` has its long fields, but not those of jobs' events: inputs and outputs would fill the memory, and nothing follows from them. */
interface Kept extends IndexedEvent {
  readonly logIndex: number | null;
  readonly long: EventFields | undefined;
}

/** Reads the fields of the event at a place once more from where they came from. */
export type ReadAgain = (block: number, logIndex: number) => Promise<EventFields>;

const JOB = "job:";
const kindOf = (subject: Subject): Kind => subject.slice(0, subject.indexOf(":")) as Kind;
const idOf = (subject: Subject): string => subject.slice(subject.indexOf(":") + 1);

/** The first of them, the newest first, that stand before a place. */
const newest = <T>(items: Iterable<T>, placeOf: (item: T) => number, { limit, before = Infinity }: Newest): T[] =>
  [...items].filter((item) => placeOf(item) < before).sort((a, b) => placeOf(b) - placeOf(a)).slice(0, limit);

const sequenceOf = ({ sequence }: { readonly sequence: number }): number => sequence;

/** An index in memory, which says what the one in a store says. */
export class MemoryIndex implements HistoryIndex {
  readonly #readAgain: ReadAgain;
  #sequence = 0;
  #block: number | null = null;
  #events: Kept[] = [];
  readonly #jobs = new Map<string, IndexedJob>();
  readonly #entities: Readonly<Record<Kind, Map<string, Entity>>> = { model: new Map(), version: new Map(), operator: new Map() };
  /** Subject → status → what there is of it. */
  readonly #tallies = new Map<string, Map<string, { readonly jobs: number; readonly fees: bigint }>>();

  constructor(readAgain: ReadAgain) {
    this.#readAgain = readAgain;
  }

  /** Adds the events of all blocks up to one, in their order. */
  advance(block: number, events: readonly ChainEvent[]): void {
    const added = events.map((event) => ({ ...event, sequence: ++this.#sequence }));
    for (const event of added) this.#events.push(keptOf(event));
    this.#apply(added, new Set(added.map(({ subject }) => subject)), "further");
    this.#block = block;
  }

  /** Undoes all that is above a block. @param now Unix seconds */
  rewind(block: number, now: number): void {
    this.#block = block;
    const undone = this.#events.filter((event) => event.block > block && event.subject !== null);
    this.#events = this.#events.filter((event) => event.block <= block);
    const subjects = new Set(undone.map(({ subject }) => subject!));
    const left = this.#events.filter(({ subject }) => subject !== null && subjects.has(subject));
    this.#apply(left.map(({ long, ...event }) => ({ ...event, subject: event.subject!, fields: { ...event.fields, ...long } })), subjects, "anew");
    if (undone.length === 0) return;
    const nowhere = { transaction: null, emitter: null, subject: null, logIndex: null };
    this.#events.push({ ...nowhere, sequence: ++this.#sequence, block, time: now, name: REORGANISED, fields: {}, omitted: [], long: {} });
  }

  /** Whether it has the event of a log. */
  has(block: number, logIndex: number): boolean {
    return this.#events.some((event) => event.block === block && event.logIndex === logIndex);
  }

  /** @param from "further": the events come after those that are known; "anew": they are all that there are of these subjects */
  #apply(events: readonly SequencedEvent[], subjects: ReadonlySet<Subject>, from: "further" | "anew"): void {
    const histories = new Map<Subject, SequencedEvent[]>([...subjects].map((subject) => [subject, []]));
    for (const event of events) histories.get(event.subject)!.push(event);
    const [jobs, others] = [[...histories].filter(([subject]) => subject.startsWith(JOB)), [...histories].filter(([subject]) => !subject.startsWith(JOB))];
    for (const [subject, history] of others) {
      const [{ after }, entities, id] = [FOLDS[kindOf(subject)], this.#entities[kindOf(subject)], idOf(subject)];
      const entity = history.reduce<Entity | undefined>((before, event) => after(before, event), from === "anew" ? undefined : entities.get(id));
      if (entity !== undefined) entities.set(id, entity);
      else if (from === "anew") entities.delete(id);
    }
    const known = jobs.flatMap(([subject]) => this.#jobs.get(idOf(subject)) ?? []);
    const after = jobs.flatMap(([subject, history]) => history.reduce(jobAfter, from === "anew" ? undefined : this.#jobs.get(idOf(subject))) ?? []);
    if (from === "anew") for (const { id } of known) this.#jobs.delete(id);
    // A version is published before anybody can ask it, so its model is known.
    const placed = after.map((job) => ({ ...job, model: job.model ?? (this.#entities.version.get(job.version) as IndexedVersion | undefined)?.model ?? null }));
    for (const job of placed) this.#jobs.set(job.id, job);
    this.#count(known, placed);
  }

  #count(before: readonly IndexedJob[], after: readonly IndexedJob[]): void {
    for (const { subject, status, jobs, fees } of tallyChanges(before, after)) {
      const counts = this.#tallies.get(subject) ?? new Map<string, { jobs: number; fees: bigint }>();
      const now = counts.get(status) ?? { jobs: 0, fees: 0n };
      counts.set(status, { jobs: now.jobs + jobs, fees: now.fees + BigInt(fees) });
      this.#tallies.set(subject, counts);
    }
  }

  #tally(subject: string): Tally[] {
    const counts = [...(this.#tallies.get(subject) ?? [])].filter(([, { jobs }]) => jobs > 0);
    return counts.sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, { jobs, fees }]) => ({ status: status as Tally["status"], jobs, fees: String(fees) }));
  }

  #list<T extends Entity>(kind: Kind, page: Newest, isAsked: (entity: T) => boolean = () => true): Promise<T[]> {
    return Promise.resolve(newest([...(this.#entities[kind] as Map<string, T>).values()].filter(isAsked), sequenceOf, page));
  }

  overview(): Promise<Overview> {
    const jobs = this.#tally(ALL_JOBS);
    const jobsThatAre = (status: Tally["status"]) => jobs.find((tally) => tally.status === status)?.jobs ?? 0;
    const { model, version, operator } = this.#entities;
    const operators = [...operator.values()] as IndexedOperator[];
    const sum = (field: "bonded" | "slashed") => String(operators.reduce((total, each) => total + BigInt(each[field]), 0n));
    return Promise.resolve({
      block: this.#block,
      jobs,
      ...{ models: model.size, versions: version.size, operators: operator.size, bonded: sum("bonded"), slashed: sum("slashed") },
      disputes: [...this.#jobs.values()].filter(({ dispute }) => dispute !== null).length,
      openDisputes: jobsThatAre("Challenged"),
      convictions: jobsThatAre("Convicted"),
    });
  }

  jobs({ status, version, model, operator, requester }: JobFilter, page: Newest): Promise<IndexedJob[]> {
    const asked = Object.entries({ status, version, model, operator, requester }).filter(([, value]) => value !== undefined) as [keyof IndexedJob, string][];
    return Promise.resolve(newest([...this.#jobs.values()].filter((job) => asked.every(([field, value]) => job[field] === value)), sequenceOf, page));
  }

  job(id: string): Promise<IndexedJob | undefined> {
    return Promise.resolve(this.#jobs.get(id));
  }

  disputes({ isOpen, operator }: { readonly isOpen?: boolean; readonly operator?: string }, page: Newest): Promise<IndexedJob[]> {
    const isAsked = (job: IndexedJob) =>
      job.dispute !== null && (isOpen === undefined || isOpen === (job.status === "Challenged")) && (operator === undefined || operator === job.operator);
    return Promise.resolve(newest([...this.#jobs.values()].filter(isAsked), ({ dispute }) => dispute!.sequence, page));
  }

  models(page: Newest): Promise<IndexedModel[]> {
    return this.#list("model", page);
  }

  model(id: string): Promise<IndexedModel | undefined> {
    return Promise.resolve(this.#entities.model.get(id) as IndexedModel | undefined);
  }

  versions({ model }: { readonly model?: string }, page: Newest): Promise<IndexedVersion[]> {
    return this.#list<IndexedVersion>("version", page, (version) => model === undefined || version.model === model);
  }

  version(id: string): Promise<IndexedVersion | undefined> {
    return Promise.resolve(this.#entities.version.get(id) as IndexedVersion | undefined);
  }

  operators(page: Newest): Promise<IndexedOperator[]> {
    return this.#list("operator", page);
  }

  operator(address: string): Promise<IndexedOperator | undefined> {
    return Promise.resolve(this.#entities.operator.get(address) as IndexedOperator | undefined);
  }

  tallies(subject: Subject): Promise<Tally[]> {
    return Promise.resolve(this.#tally(subject));
  }

  events({ subject, emitter }: EventFilter, { limit, after }: { readonly limit: number; readonly after: number }): Promise<IndexedEvent[]> {
    const isAsked = (event: Kept) => event.sequence > after && (subject === undefined || event.subject === subject) && (emitter === undefined || event.emitter === emitter);
    return Promise.resolve(this.#events.filter(isAsked).slice(0, limit).map(shownOf));
  }

  async event(sequence: number): Promise<IndexedEvent | undefined> {
    const event = this.#events.find((each) => each.sequence === sequence);
    if (event === undefined || event.omitted.length === 0) return event && shownOf(event);
    const fields = event.long === undefined ? await this.#readAgain(event.block, event.logIndex!) : { ...event.fields, ...event.long };
    return { ...shownOf(event), fields, omitted: [] };
  }

  newest(): Promise<number> {
    return Promise.resolve(this.#events.at(-1)?.sequence ?? 0);
  }
}

function keptOf({ fields, ...event }: ChainEvent & { readonly sequence: number }): Kept {
  const { short, long } = splitFields(fields);
  return { ...event, fields: short, omitted: Object.keys(long), long: event.subject.startsWith(JOB) ? undefined : long };
}

const shownOf = ({ logIndex: _, long: __, ...event }: Kept): IndexedEvent => event;
