import { formatEther, formatUnits } from "ethers";
import { decodeJobEvent } from "../../core/jobs/events.ts";
import { parseJobId } from "../../core/jobs/job.ts";
import { answerDue, ANSWERS, DISPUTE_PHASES, phaseOf } from "../../core/jobs/phase.ts";
import { foldJob, type JobState } from "../../core/jobs/state.ts";
import type { ChainReader, Clock, Hex, Store } from "../ports.ts";
import { shared, within } from "./shared.ts";

/** A number, or one for each value of its label. */
export type Figure = number | ReadonlyMap<string, number>;

/** Figures that are read when somebody looks at the metrics, by the name that they are shown under. */
export const FIGURES = {
  opg_healthy: "Whether /health answers 200: 1, else 0",
  opg_head_age_seconds: "By how much the time of the newest block is behind this machine's clock",
  opg_lag_seconds: "Time since the chain was last read to its head",
  opg_lag_blocks: "Blocks that have their confirmations and are not read yet",
  opg_bond_free_opg: "Bond of this account that new claims may be locked on, in OPG",
  opg_bond_locked_opg: "Bond of this account behind open claims, in OPG",
  opg_native_balance_ether: "Native coin that this account pays gas with, in units of 10^18 wei",
  opg_native_least_ether: "Native coin that this account should hold at least, in units of 10^18 wei",
  opg_oldest_due_step_seconds: "How long the step that has been due the longest has not been done; since the start at most",
  opg_disputes: "Jobs in dispute that are not settled, by state",
  opg_answer_due_seconds: "Time left for the next answer that this account owes in a dispute, by what it owes; infinite if none",
  opg_tasks_waiting: "Tasks that were given to workers and are not done yet",
  opg_disk_free_bytes: "Room on the disk, by what is kept there; infinite in a bucket",
} as const;
export type FigureName = keyof typeof FIGURES;

/** Labels of the figures that are several numbers. */
export const FIGURE_LABELS: Partial<Record<FigureName, string>> = {
  opg_disputes: "state",
  opg_answer_due_seconds: "answer",
  opg_disk_free_bytes: "place",
};

export type FigureSources = Readonly<Record<FigureName, () => Promise<Figure> | Figure>>;

/** The node and the store are asked once in this time at most, however often the metrics are. */
const READ_AGAIN_MS = 15_000;

export interface FigureModules {
  readonly address: Hex;
  readonly reader: Pick<ChainReader, "head" | "bond" | "nativeBalance">;
  readonly store: Pick<Store, "recentBlocks" | "disputes" | "jobEvents">;
  readonly clock: Pick<Clock, "now">;
  readonly confirmations: number;
  /** What the daemon knows of itself. */
  readonly health: () => Promise<{ readonly ok: boolean; readonly headAgeSeconds: number | null; readonly lagSeconds: number }>;
  readonly oldestDueSeconds: () => number;
  readonly tasksWaiting: () => number;
  /** Native coin that the account should hold at least. */
  readonly leastNative: bigint;
  /** Bytes that are free where things are kept, by what is kept there. */
  readonly room: Readonly<Record<string, () => Promise<number>>>;
}

export function figureSources(modules: FigureModules): FigureSources {
  const { address, reader, store, clock, confirmations, health, oldestDueSeconds, tasksWaiting, leastNative, room } = modules;
  const often = <T>(read: () => Promise<T>) => shared(read, READ_AGAIN_MS, () => clock.now());
  const bond = often(() => reader.bond(address));
  const native = often(() => reader.nativeBalance(address));
  const disputes = often(() => readDisputes(store));
  const free = often(() => readRoom(room));
  const lag = often(async () => {
    const [head, [read]] = await Promise.all([reader.head(), store.recentBlocks(1)]);
    return Math.max(0, head.number - confirmations - (read?.number ?? 0));
  });
  return {
    opg_healthy: async () => ((await health()).ok ? 1 : 0),
    opg_head_age_seconds: async () => (await health()).headAgeSeconds ?? NaN,
    opg_lag_seconds: async () => (await health()).lagSeconds,
    opg_lag_blocks: lag,
    opg_bond_free_opg: async () => Number(formatUnits((await bond()).free)),
    opg_bond_locked_opg: async () => Number(formatUnits((await bond()).locked)),
    opg_native_balance_ether: async () => Number(formatEther(await native())),
    opg_native_least_ether: () => Number(formatEther(leastNative)),
    opg_oldest_due_step_seconds: oldestDueSeconds,
    opg_disputes: async () => countDisputes(await disputes()),
    opg_answer_due_seconds: async () => answersDue(await disputes(), address, clock.now() / 1_000),
    opg_tasks_waiting: tasksWaiting,
    opg_disk_free_bytes: free,
  };
}

async function readDisputes(store: FigureModules["store"]): Promise<readonly JobState[]> {
  const states: JobState[] = [];
  for (const id of await store.disputes()) {
    const events = (await store.jobEvents(id)).map(({ event }) => decodeJobEvent(event));
    const state = foldJob(parseJobId(id), events);
    if (state !== undefined) states.push(state);
  }
  return states;
}

function countDisputes(states: readonly JobState[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>(DISPUTE_PHASES.map((phase) => [phase, 0]));
  for (const phase of states.map(phaseOf)) if (phase !== undefined) counts.set(phase, counts.get(phase)! + 1);
  return counts;
}

function answersDue(states: readonly JobState[], address: Hex, now: number): ReadonlyMap<string, number> {
  const left = new Map<string, number>(ANSWERS.map((answer) => [answer, Infinity]));
  for (const due of states.map((state) => answerDue(state, address))) {
    if (due !== undefined) left.set(due.answer, Math.min(left.get(due.answer)!, due.by - now));
  }
  return left;
}

async function readRoom(room: FigureModules["room"]): Promise<ReadonlyMap<string, number>> {
  return new Map(await Promise.all(Object.entries(room).map(async ([place, read]) => [place, await read()] as const)));
}

/** Longest wait for a figure: who scrapes gives up soon after. */
const PATIENCE_MS = 2_000;

export interface FigureReading {
  readonly values: ReadonlyMap<FigureName, Figure>;
  /** Figures that could not be read this time. */
  readonly failed: readonly FigureName[];
}

/** Every figure that can be had in time; one that cannot spoils no other. */
export async function readFigures(sources: FigureSources, patienceMs = PATIENCE_MS): Promise<FigureReading> {
  const values = new Map<FigureName, Figure>();
  const failed: FigureName[] = [];
  await Promise.all(
    (Object.keys(FIGURES) as FigureName[]).map(async (name) => {
      try {
        values.set(name, await within(patienceMs, Promise.resolve().then(sources[name])));
      } catch {
        failed.push(name);
      }
    }),
  );
  return { values, failed };
}
