import { emptyFeeds } from "../../core/compile/difference.ts";
import type { CostMeter, RuntimeSession, RuntimeTensor } from "../ports.ts";
import { openDefault, ortRuntime } from "./ort.ts";

/** Turns that each file gets, and how long one takes at least, in milliseconds of CPU time: the clock is coarse. */
const TURNS = 9;
const TURN_MS = 5;
/** Milliseconds after which no more turns are begun, but for the least of them. */
const PATIENCE_MS = 500;
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

/** Measures on this host. Whatever else this process does meanwhile is counted, too: it should do nothing. */
export const costMeter: CostMeter = {
  async compare(source: Uint8Array, canonical: Uint8Array, feeds: ReadonlyMap<string, RuntimeTensor>) {
    const sessions: RuntimeSession[] = [];
    try {
      sessions.push(await openDefault(source), await ortRuntime.open(canonical));
      const files = sessions.map((session) => ({ run: () => session.run(new Map([...emptyFeeds(session), ...feeds])), times: [] as number[], runs: 1 }));
      for (const file of files) file.runs = await runsPerTurn(file.run);
      const begun = performance.now();
      for (let done = 0; done < TURNS && (done < LEAST_TURNS || performance.now() - begun < PATIENCE_MS); done++) {
        for (const { run, runs, times } of files) times.push((await turn(run, runs)) / runs);
      }
      const [ofSource, ofCanonical] = files.map(({ times }) => median(times));
      return { source: ofSource, canonical: ofCanonical, ratio: ofCanonical / ofSource };
    } finally {
      for (const session of sessions) await session.release();
    }
  },
};

/** The middle one, or the upper of two. */
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
