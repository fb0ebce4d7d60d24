import { randomUUID } from "node:crypto";
import type { Db, PgBoss } from "pg-boss";
import { isTransient, messageOf, transientError } from "../../core/errors.ts";
import type { Task, TaskQueue } from "../ports.ts";
import { batched } from "./batched.ts";
import { Bell } from "./bell.ts";
import type { Database } from "./database.ts";
import { GivenTasks } from "./givenTasks.ts";
import { Lane, type Taken } from "./lane.ts";
import { Outcomes, type Outcome } from "./outcomes.ts";
import { explain } from "./storeError.ts";

/** INVARIANT: what answers a challenge has a queue and places of its own: no flood of requests stands before it. */
const LANES = ["disputes", "jobs"] as const;
type LaneName = (typeof LANES)[number];
/** What became of tasks, for the process that gave them. */
const OUTCOMES = "outcomes";
const SCHEMA = "opg_tasks";

/** A worker that has not said so for this long does not work any more; its tasks go to another one. */
const HEARTBEAT_SECONDS = 15;
/** How often that is looked at. */
const SUPERVISE_SECONDS = 5;
/** Workers that may be lost over one task. */
const RETRIES = 5;

export interface TaskQueueOptions {
  /** The PostgreSQL server that several processes share; without it the embedded database, which is this process's own. */
  readonly url?: string;
  readonly database: Pick<Database, "statements">;
  /** This process gives tasks out: there is one such process at a time. */
  readonly gives: boolean;
  readonly onTrouble: (error: unknown) => void;
}

/** Tasks in pg-boss: any number of processes take them from a server, or this one alone from its embedded database. */
export async function openTaskQueue({ url, database, gives, onTrouble }: TaskQueueOptions): Promise<TaskQueue> {
  const isShared = url !== undefined;
  const server = isShared ? (await import("./taskDatabase.ts")).openTaskDatabase(url, onTrouble) : undefined;
  const boss = await startBoss(server ?? { executeSql: (text, values) => database.statements(text, values) }, { isShared, gives, onTrouble });
  const closing = new AbortController();
  const given = new GivenTasks();
  /** Tasks that this process works on. */
  const inHand = new Set<string>();
  const outcomes = new Outcomes(
    {
      fetch: (most) => boss.fetch<Outcome>(OUTCOMES, { batchSize: most }),
      remove: (ids) => boss.deleteJob(OUTCOMES, [...ids]),
    },
    given,
  );
  const listening = isShared && gives ? outcomes.listen(closing.signal, onTrouble) : Promise.resolve();
  const tell = insertInto(boss, OUTCOMES);
  const lanes = Object.fromEntries(LANES.map((name) => [name, openLane(boss, name, { isShared, closing: closing.signal, onTrouble })])) as Record<
    LaneName,
    ReturnType<typeof openLane>
  >;

  async function work({ remove }: ReturnType<typeof openLane>, { id, retryCount, data }: Taken<Task>, perform: (task: Task) => Promise<string>) {
    inHand.add(id);
    const outcome = await perform(data);
    inHand.delete(id);
    const persist = (write: () => Promise<void>) => persistently(write, closing.signal, onTrouble);
    if (!given.settle(id, outcome) && isShared) await persist(() => tell({ id: randomUUID(), data: { task: id, outcome } }));
    await persist(() => remove({ id, retryCount }));
  }

  return {
    async give(task) {
      const { insert, lane } = lanes[task.disputed ? "disputes" : "jobs"];
      const id = randomUUID();
      const outcome = given.outcomeOf(id);
      outcomes.expect();
      try {
        await insert({ id, data: task });
      } catch (error) {
        const told = explain(error, "the task queue");
        given.fail(id, isTransient(told) ? (told as Error) : transientError("TASK_LOST", messageOf(told)));
      }
      lane.ring();
      return outcome;
    },
    async take(places, perform, signal) {
      await Promise.all(LANES.map((name) => lanes[name].lane.take(places[name], (task) => work(lanes[name], task, perform), signal)));
    },
    depth: () => given.count,
    abandon: () => given.abandon(inHand),
    async close() {
      closing.abort();
      await listening;
      await boss.stop({ graceful: false, close: true });
      await server?.close();
    },
  };
}

/** pg-boss with its queues in order. */
async function startBoss(db: Db, { isShared, gives, onTrouble }: { isShared: boolean; gives: boolean; onTrouble: (error: unknown) => void }): Promise<PgBoss> {
  const { PgBoss } = await import("pg-boss");
  const boss: PgBoss = new PgBoss({
    db,
    ...(!isShared && { backend: "pglite" as const }),
    schema: SCHEMA,
    schedule: false,
    supervise: isShared && gives,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    monitorVacuum: false,
    reindex: false,
  });
  boss.on("error", onTrouble);
  await boss.start();
  const queue = { retryLimit: RETRIES, ...(isShared && { heartbeatSeconds: HEARTBEAT_SECONDS }) };
  for (const lane of LANES) await boss.createQueue(lane, queue);
  if (isShared) await boss.createQueue(OUTCOMES);
  // INVARIANT: whoever gave what is left there is gone, and asks for it anew.
  if (gives) for (const name of [...LANES, ...(isShared ? [OUTCOMES] : [])]) await boss.deleteAllJobs(name);
  return boss;
}

const insertInto = (boss: PgBoss, name: string) =>
  batched<{ id: string; data: object }>(async (jobs) => void (await boss.insert(name, jobs.map((job) => ({ ...job })))));

const openLane = (boss: PgBoss, name: LaneName, options: ConstructorParameters<typeof Lane>[1]) => ({
  insert: insertInto(boss, name),
  remove: batched<{ id: string; retryCount: number }>(async (attempts) => void (await boss.deleteJob(name, [...attempts]))),
  lane: new Lane<Task>(
    {
      fetch: (most) => boss.fetch<Task>(name, { batchSize: most }),
      touch: (attempts) => boss.touch(name, attempts.map(({ id, retryCount }) => ({ id, retryCount }))),
    },
    options,
  ),
});

/** Over and over until it is written down, or nobody is left to whom it matters. */
async function persistently(write: () => Promise<void>, closing: AbortSignal, onTrouble: (error: unknown) => void): Promise<void> {
  for (let pause = 100; !closing.aborted; pause = Math.min(2 * pause, 5_000)) {
    try {
      return await write();
    } catch (error) {
      onTrouble(error);
      await new Bell().wait(pause, closing);
    }
  }
}
