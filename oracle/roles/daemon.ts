import { isTransient, messageOf, OpgError } from "../../core/errors.ts";
import { isStatement } from "../../core/faults.ts";
import { decodeJobEvent } from "../../core/jobs/events.ts";
import { parseJobId } from "../../core/jobs/job.ts";
import { planJob } from "../../core/jobs/lifecycle.ts";
import type { Party, Step } from "../../core/jobs/lifecycle.ts";
import { foldJob } from "../../core/jobs/state.ts";
import type { ChainFollower, ChainHead, ChainSender } from "../ports.ts";
import { createAudit } from "./audit.ts";
import { Backlog } from "./backlog.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { Lanes } from "./lanes.ts";

/** Seconds until a step that failed is tried again. */
const RETRY_SOON = 5;
const RETRY_LATER = 30;

/** Steps against which a clock runs that may be short. */
const CLOCKED = new Set<Step>(["open", "reveal", "prosecute", "takeover"]);

/** Milliseconds between two rounds at least while work is in hand: what was done meanwhile is sent, and read, together. */
const ROUND_MS = 100;

/** Jobs in hand for every session: while the answer of one is recorded and sent, the next is computed. */
export const JOBS_PER_SESSION = 2;

export interface DaemonOptions {
  readonly party: Party;
  readonly pollMs: number;
  readonly confirmations: number;
  /** Jobs looked at side by side: as many that are disputed and as many that are not. */
  readonly concurrency: number;
  /** Jobs that are done are forgotten after this many blocks. */
  readonly keepBlocks: number;
}

export interface Daemon {
  /** One round: read the chain, start what is due, send what is planned. For tests and for `run`. */
  tick(): Promise<void>;
  /** Rounds until the signal aborts; then waits for the work in hand. */
  run(signal: AbortSignal): Promise<void>;
  /** Waits for the work in hand, and for what follows from it. */
  idle(): Promise<void>;
  /** Takes up nothing new, waits for the work in hand, and sends what it planned. */
  finish(): Promise<void>;
  /** Where it stands: the newest head, seconds since the chain was read to it, and since when a step has been due. */
  readonly progress: () => { readonly head: ChainHead | undefined; readonly silence: number; readonly oldestDue: number };
}

const isOfStore = (error: unknown): boolean => error instanceof OpgError && error.code.startsWith("STORE_");

/** The loop of all roles: events in, steps out. It holds no state of a job; what must last is in the store. */
export function createDaemon(
  context: Context,
  follower: ChainFollower,
  sender: ChainSender,
  handlers: Record<Step, StepHandler>,
  options: DaemonOptions,
): Daemon {
  const { store, telemetry, clock } = context;
  const audit = createAudit(context, options);
  const backlog = new Backlog();
  let head: ChainHead | undefined;
  let heard = clock.now();
  let forgotten = 0;
  const lanes = new Lanes({
    store,
    concurrency: options.concurrency,
    now: () => head!.next,
    onDue: (id) => backlog.due(id, clock.now()),
    attend: (id, lastBlock) => attend(id, lastBlock, head!.next),
    onFailed: (id, error) => telemetry.emit("job.failed", { job: id, step: "attend", error: messageOf(error) }),
  });

  async function attend(id: string, lastBlock: number, now: number): Promise<void> {
    // Before the events: a block that is read meanwhile is not counted among those whose events are known.
    const block = (head?.number ?? 0) - options.confirmations;
    const events = (await store.jobEvents(id)).map(({ event }) => event);
    const state = foldJob(parseJobId(id), events.map(decodeJobEvent));
    if (state === undefined) {
      backlog.done(id);
      return store.schedule(id, lastBlock, null, true);
    }
    const { steps, wakeAt, done } = planJob(state, options.party, now);
    audit.note(state, lastBlock, done);
    const occasion: Occasion = { id, state, events, now, block };
    const due: number[] = wakeAt === null ? [] : [wakeAt];
    const withoutSteps = due.length;
    backlog.due(id, clock.now(), steps.join());
    for (const step of steps) {
      const again = await perform(step, occasion);
      if (again !== undefined) due.push(again);
    }
    if (due.length === withoutSteps) backlog.done(id);
    if (done) await context.shelf.drop(id);
    await store.schedule(id, lastBlock, due.length === 0 ? null : Math.min(...due), done);
  }

  async function perform(step: Step, occasion: Occasion): Promise<number | undefined> {
    try {
      return await handlers[step](occasion);
    } catch (error) {
      telemetry.emit("job.failed", { job: occasion.id, step, error: messageOf(error) });
      // Rationale: a job that cannot be served or judged is left to others; everything else protects money at stake.
      // INVARIANT: a fault in passing is never final: the step is tried again for as long as it is due.
      if ((step === "serve" || step === "judge") && isStatement(error)) return undefined;
      return occasion.now + (isTransient(error) || CLOCKED.has(step) ? RETRY_SOON : RETRY_LATER);
    }
  }

  /** False where the store does not answer, and it is to be tried again. */
  async function wake(): Promise<boolean> {
    try {
      await store.wake();
      return true;
    } catch (error) {
      telemetry.emit("store.unreachable", { error: messageOf(error) });
      return false;
    }
  }

  async function forget(block: number): Promise<void> {
    if (block - forgotten < 16) return;
    forgotten = block;
    while ((await store.forget(block - options.keepBlocks)) > 0);
  }

  /** INVARIANT: what fails in one part of a round keeps no other part from its turn: an answer goes out all the same. */
  async function part(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isOfStore(error)) telemetry.emit("store.unreachable", { error: messageOf(error) });
      else telemetry.emit("chain.unreachable", { error: messageOf(error) });
    }
  }

  const daemon: Daemon = {
    async tick() {
      await part(async () => {
        head = await follower.poll();
        heard = clock.now();
      });
      if (head === undefined) return;
      const { number } = head;
      await part(() => lanes.fill());
      await part(() => sender.pump());
      await part(() => audit.round(number - options.confirmations));
      await part(() => forget(number));
    },
    async run(signal) {
      let awake = false;
      while (!signal.aborted) {
        awake ||= await wake();
        const before = lanes.inHand;
        await daemon.tick();
        const pause = clock.sleep(options.pollMs, signal);
        if (before === 0 && lanes.inHand === 0) await pause;
        else await Promise.race([pause, Promise.all([clock.sleep(ROUND_MS, signal), lanes.someDone()])]);
      }
      await daemon.finish();
    },
    async finish() {
      lanes.finish();
      await lanes.idle();
      await daemon.tick();
    },
    idle: () => lanes.idle(),
    progress: () => ({ head, silence: (clock.now() - heard) / 1000, oldestDue: backlog.oldest(clock.now()) }),
  };
  return daemon;
}
