import { messageOf, OpgError } from "../../core/errors.ts";
import type { Party, Step } from "../../core/jobs/lifecycle.ts";
import type { ChainFollower, ChainHead, ChainSender, Clock, Store, Telemetry } from "../ports.ts";
import { createAttending } from "./attending.ts";
import { createAudit } from "./audit.ts";
import { Backlog } from "./backlog.ts";
import type { Context, StepHandler } from "./context.ts";
import { Lanes } from "./lanes.ts";

/** Milliseconds between two rounds at least while work is in hand: what was done meanwhile is sent, and read, together. */
const ROUND_MS = 100;

/** Blocks between two times that jobs are forgotten. */
const FORGET_EVERY = 16;

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

/** The loop of all roles: events in, steps out. It holds no state of a job; what must last is in the store. */
export function createDaemon(
  context: Context,
  follower: ChainFollower,
  sender: ChainSender,
  handlers: Record<Step, StepHandler>,
  options: DaemonOptions,
): Daemon {
  const { store, telemetry, clock } = context;
  const { confirmations, concurrency, pollMs } = options;
  const part = createParts(telemetry);
  const sight = createSight(follower, clock);
  const audit = createAudit(context, options);
  const backlog = new Backlog();
  const forget = createForgetting(store, options.keepBlocks);
  const attend = createAttending(context, handlers, { ...options, audit, backlog });
  const lanes = new Lanes({
    store,
    concurrency,
    now: () => sight.head!.next,
    onDue: (id) => backlog.due(id, clock.now()),
    attend: (id, lastBlock) => attend(id, lastBlock, sight.head!),
    onFailed: (id, error) => telemetry.emit("job.failed", { job: id, step: "attend", error: messageOf(error) }),
  });

  async function tick(): Promise<void> {
    await part(() => sight.look());
    if (sight.head === undefined) return;
    const { number } = sight.head;
    await part(() => lanes.fill());
    await part(() => sender.pump());
    await part(() => audit.round(number - confirmations));
    await part(() => forget(number));
  }

  async function finish(): Promise<void> {
    lanes.finish();
    await lanes.idle();
    await tick();
  }

  return {
    tick,
    finish,
    async run(signal) {
      let awake = false;
      while (!signal.aborted) {
        awake ||= await wake(store, telemetry);
        const before = lanes.inHand;
        await tick();
        const pause = clock.sleep(pollMs, signal);
        if (before === 0 && lanes.inHand === 0) await pause;
        else await Promise.race([pause, Promise.all([clock.sleep(ROUND_MS, signal), lanes.someDone()])]);
      }
      await finish();
    },
    idle: () => lanes.idle(),
    progress: () => ({ head: sight.head, silence: sight.silence(), oldestDue: backlog.oldest(clock.now()) }),
  };
}

/** The newest head that was read to, and how long ago, in seconds, that went through. */
function createSight(follower: ChainFollower, clock: Clock) {
  let head: ChainHead | undefined;
  let heard = clock.now();
  return {
    get head() {
      return head;
    },
    async look(): Promise<void> {
      head = await follower.poll();
      heard = clock.now();
    },
    silence: () => (clock.now() - heard) / 1000,
  };
}

/** INVARIANT: what fails in one part of a round keeps no other part from its turn: an answer goes out all the same. */
function createParts(telemetry: Telemetry): (work: () => Promise<void>) => Promise<void> {
  return async (work) => {
    try {
      await work();
    } catch (error) {
      const isOfStore = error instanceof OpgError && error.code.startsWith("STORE_");
      if (isOfStore) telemetry.emit("store.unreachable", { error: messageOf(error) });
      else telemetry.emit("chain.unreachable", { error: messageOf(error) });
    }
  };
}

/** Forgets, now and then, jobs that have been done for `keepBlocks` blocks. */
function createForgetting(store: Store, keepBlocks: number): (block: number) => Promise<void> {
  let forgotten = 0;
  return async (block) => {
    if (block - forgotten < FORGET_EVERY) return;
    forgotten = block;
    while ((await store.forget(block - keepBlocks)) > 0);
  };
}

/** False where the store does not answer, and it is to be tried again. */
async function wake(store: Store, telemetry: Telemetry): Promise<boolean> {
  try {
    await store.wake();
    return true;
  } catch (error) {
    telemetry.emit("store.unreachable", { error: messageOf(error) });
    return false;
  }
}
