import { randomUUID } from "node:crypto";
import type { Db, PgBoss } from "pg-boss";
import { isTransient, messageOf, transientError } from "../core/errors.ts";
import type { Task, TaskQueue } from "../ports.ts";
import { batched } from "./batched.ts";
import { Bell } from "./bell.ts";
import type { Database } from "./database.ts";
import { explain } from "./storeError.ts";

/** INVARIANT: what answers a challenge has a queue and places of its own: no flood of requests stands before it. */
const LANES = ["disputes", "jobs"] as const;
type Lane = (typeof LANES)[number];
/** What became of tasks, for the process that gave them. */
const OUTCOMES = "outcomes";
const SCHEMA = "opg_tasks";

/** A worker that has not said so for this long does not work any more; its tasks go to another one. */
const HEARTBEAT_SECONDS = 15;
const BEAT_MS = 5_000;
/** Workers that may be lost over one task. */
const RETRIES = 5;
/** How often a queue is looked into that other processes fill, while something is expected and while nothing is. */
const LOOK_MS = { busy: 25, idle: 500 };
/** How often for outcomes. Where many are waited for, what comes together is recorded and sent together. */
const LISTEN_MS = { few: 25, many: 100 };
const FEW = 4;
/** Of a queue that nobody else fills, in case a call was lost. */
const LOOK_ALONE_MS = 1_000;
/** After this long it is asked for anew. */
const PATIENCE_MS = 600_000;
const OUTCOMES_AT_ONCE = 100;

interface Given {
  readonly resolve: (outcome: string) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

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
  const { PgBoss } = await import("pg-boss");
  const isShared = url !== undefined;
  const server = url === undefined ? undefined : (await import("./taskDatabase.ts")).openTaskDatabase(url, onTrouble);
  const own: Db = { executeSql: (text, values) => database.statements(text, values) };
  const boss: PgBoss = new PgBoss({
    ...(server === undefined ? { db: own, backend: "pglite" as const } : { db: server }),
    schema: SCHEMA,
    schedule: false,
    supervise: isShared && gives,
    superviseIntervalSeconds: BEAT_MS / 1_000,
    monitorIntervalSeconds: BEAT_MS / 1_000,
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

  const given = new Map<string, Given>();
  /** Tasks that this process works on. */
  const inHand = new Set<string>();
  const closing = new AbortController();
  const bells: Record<Lane, Bell> = { disputes: new Bell(), jobs: new Bell() };
  const forOutcomes = new Bell();
  /** Whether there may be something: an embedded queue is not asked for what cannot be there. */
  const mayHave: Record<Lane, boolean> = { disputes: true, jobs: true };

  const insertInto = (name: string) =>
    batched<{ id: string; data: object }>(async (jobs) => void (await boss.insert(name, jobs.map((job) => ({ ...job })))));
  const insert = { disputes: insertInto("disputes"), jobs: insertInto("jobs"), outcomes: insertInto(OUTCOMES) };
  const removeFrom = (name: string) =>
    batched<{ id: string; retryCount: number }>(async (attempts) => void (await boss.deleteJob(name, [...attempts])));
  const remove = { disputes: removeFrom("disputes"), jobs: removeFrom("jobs") };

  function settle(id: string, outcome: string): boolean {
    const waiting = given.get(id);
    if (waiting === undefined) return false;
    clearTimeout(waiting.timer);
    given.delete(id);
    waiting.resolve(outcome);
    return true;
  }

  function giveUp(id: string, error: Error): void {
    const waiting = given.get(id);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    given.delete(id);
    waiting.reject(error);
  }

  /** Over and over until it is written down, or nobody is left to whom it matters. */
  async function persist(write: () => Promise<void>): Promise<void> {
    for (let pause = 100; !closing.signal.aborted; pause = Math.min(2 * pause, 5_000)) {
      try {
        return await write();
      } catch (error) {
        onTrouble(error);
        await new Bell().wait(pause, closing.signal);
      }
    }
  }

  async function listen(): Promise<void> {
    while (!closing.signal.aborted) {
      if (given.size === 0) await forOutcomes.wait(Infinity, closing.signal);
      let found = 0;
      try {
        const jobs = await boss.fetch<{ task: string; outcome: string }>(OUTCOMES, { batchSize: OUTCOMES_AT_ONCE });
        found = jobs.length;
        for (const { data } of jobs) settle(data.task, data.outcome);
        if (found > 0) await boss.deleteJob(OUTCOMES, jobs.map(({ id }) => id));
      } catch (error) {
        onTrouble(error);
      }
      if (found < OUTCOMES_AT_ONCE) await forOutcomes.wait(given.size <= FEW ? LISTEN_MS.few : LISTEN_MS.many, closing.signal);
    }
  }
  const listening = isShared && gives ? listen() : Promise.resolve();

  async function takeFrom(lane: Lane, places: number, perform: (task: Task) => Promise<string>, until: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([until, closing.signal]);
    const bell = bells[lane];
    const working = new Map<string, { readonly retryCount: number; readonly done: Promise<void> }>();
    const ring = () => bell.ring();
    signal.addEventListener("abort", ring, { once: true });

    async function work(id: string, retryCount: number, task: Task): Promise<void> {
      inHand.add(id);
      const outcome = await perform(task);
      inHand.delete(id);
      if (!settle(id, outcome) && isShared) await persist(() => insert.outcomes({ id: randomUUID(), data: { task: id, outcome } }));
      await persist(() => remove[lane]({ id, retryCount }));
    }

    const beat = setInterval(() => {
      if (!isShared || working.size === 0) return;
      boss.touch(lane, [...working].map(([id, { retryCount }]) => ({ id, retryCount }))).catch(onTrouble);
    }, BEAT_MS);

    let quiet = 0;
    try {
      while (!signal.aborted) {
        const free = places - working.size;
        const asks = free > 0 && (isShared || mayHave[lane]);
        let found = 0;
        if (asks) {
          // INVARIANT: before the question, so that what is given while it is answered is asked for again.
          mayHave[lane] = false;
          try {
            const jobs = await boss.fetch<Task>(lane, { batchSize: free });
            found = jobs.length;
            if (found === free) mayHave[lane] = true;
            for (const { id, retryCount, data } of jobs) {
              const done = work(id, retryCount, data).finally(() => {
                working.delete(id);
                bell.ring();
              });
              working.set(id, { retryCount, done });
            }
          } catch (error) {
            mayHave[lane] = true;
            onTrouble(error);
          }
        }
        quiet = found > 0 ? 0 : quiet + 1;
        const pause = quiet < 50 ? LOOK_MS.busy : LOOK_MS.idle;
        await bell.wait(isShared && places > working.size ? pause : LOOK_ALONE_MS, signal);
      }
      // Of a queue that is closed nothing more can be said, whatever is still in hand.
      const closed = new Promise<void>((resolve) => {
        if (closing.signal.aborted) resolve();
        closing.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([closed, Promise.all([...working.values()].map(({ done }) => done))]);
    } finally {
      clearInterval(beat);
      signal.removeEventListener("abort", ring);
    }
  }

  return {
    async give(task) {
      const lane: Lane = task.disputed ? "disputes" : "jobs";
      const id = randomUUID();
      const outcome = new Promise<string>((resolve, reject) => {
        const lost = () => giveUp(id, transientError("TASK_LOST", `no worker did it within ${PATIENCE_MS / 60_000} minutes`));
        given.set(id, { resolve, reject, timer: setTimeout(lost, PATIENCE_MS).unref() });
      });
      outcome.catch(() => undefined);
      if (given.size === 1) forOutcomes.ring();
      try {
        await insert[lane]({ id, data: task });
      } catch (error) {
        const told = explain(error, "the task queue");
        giveUp(id, isTransient(told) ? (told as Error) : transientError("TASK_LOST", messageOf(told)));
      }
      mayHave[lane] = true;
      bells[lane].ring();
      return outcome;
    },
    async take(places, perform, signal) {
      await Promise.all(LANES.map((lane) => takeFrom(lane, places[lane], perform, signal)));
    },
    depth: () => given.size,
    abandon() {
      for (const id of given.keys()) {
        if (!inHand.has(id)) giveUp(id, transientError("TASK_ABANDONED", "this process ends before a worker did it"));
      }
    },
    async close() {
      closing.abort();
      await listening;
      await boss.stop({ graceful: false, close: true });
      await server?.close();
    },
  };
}
