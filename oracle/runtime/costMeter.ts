import { emptyFeeds } from "../../core/compile/difference.ts";
import type { Cost, RuntimeSession, RuntimeTensor } from "../ports.ts";
import type { GivenModel } from "./names.ts";
import { openDefault, ortRuntime } from "./ort.ts";

/** Turns that each file gets at most, and how long one takes at least, in milliseconds of CPU time: the clock is coarse. */
const TURNS = 9;
const TURN_MS = 5;
/** Milliseconds after which no more turns are begun, but for the least of them. */
const PATIENCE_MS = 300;
const LEAST_TURNS = 3;

type Run = () => Promise<unknown>;

/** Milliseconds of CPU time that a turn of that many runs takes. */
async function turn(run: Run, runs: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < runs; i++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** As many runs as fill a turn; before they are counted, the file has run. */
async function runsPerTurn(run: Run): Promise<number> {
  await run();
  for (let runs = 1; ; runs *= 2) if ((await turn(run, runs)) >= TURN_MS) return runs;
}

/**
 * What a run of either file takes on this host. Whatever else this process does meanwhile is counted, too: it should do nothing.
 * One file after the other: two sessions would hold the weights twice.
 */
export async function measure(source: GivenModel, canonical: GivenModel, feeds: ReadonlyMap<string, RuntimeTensor>): Promise<Cost> {
  const ofSource = await timeOf(await openDefault(source), feeds);
  const ofCanonical = await timeOf(await ortRuntime.open(canonical), feeds);
  return { source: ofSource, canonical: ofCanonical, ratio: ofCanonical / ofSource };
}

/** Milliseconds of CPU time of a run: the median of turns. Releases the session. */
async function timeOf(session: RuntimeSession, feeds: ReadonlyMap<string, RuntimeTensor>): Promise<number> {
  try {
    const given = new Map([...emptyFeeds(session), ...feeds]);
    const run: Run = () => session.run(given);
    const runs = await runsPerTurn(run);
    const times: number[] = [];
    const begun = performance.now();
    while (times.length < TURNS && (times.length < LEAST_TURNS || performance.now() - begun < PATIENCE_MS)) times.push((await turn(run, runs)) / runs);
    return median(times);
  } finally {
    await session.release();
  }
}

/** The middle one, or the upper of two. */
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
