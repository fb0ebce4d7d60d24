/**
 * What saturates first: jobs arrive at a rate, whether or not those before them are served, at the operator's own code and
 * queue, on a PostgreSQL server, with workers that wait where they would run the model. So the processors of this machine
 * are left to what cannot be bought by the dozen.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openFleet } from "./fleet.ts";

const WORKERS = 2;
const PLACES = 16;
/** As docs/operations.md asks: twice the places of all workers. */
const IN_HAND = 2 * WORKERS * PLACES;
/** Of a fast chain: an account has 64 transactions in flight, which a block takes at once here. */
const BLOCK_MS = 250;
const PRETENDED_MS = 15;

export interface LoadFigures {
  readonly perMinute: number;
  readonly jobs: number;
  /** Jobs not served when the last one came. */
  readonly left: number;
  /** Served in a minute, until the last one was. */
  readonly served: number;
  /** Milliseconds from arrival to the block that the answer is mined in. */
  readonly median: number;
  readonly p95: number;
  /** Parts of one processor. */
  readonly operator: number;
  readonly workers: number;
  readonly server: number;
  /** Of the operator's thread, in milliseconds. */
  readonly loopP99: number;
  /** Written ahead by the server for one job, and what its database has grown by. */
  readonly walBytes: number;
  readonly databaseBytes: number;
}

export async function measureLoad(rates: readonly number[], seconds: number, onRate: (what: string) => void): Promise<LoadFigures[]> {
  const fleet = await openFleet({ inHand: IN_HAND, places: PLACES, pretended: PRETENDED_MS });
  const bytes = async (): Promise<{ wal: number; size: number }> => {
    const [{ wal, size }] = await fleet.server.query<{ wal: string; size: string }>(
      fleet.url,
      "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal, pg_database_size(current_database()) AS size",
    );
    return { wal: Number(wal), size: Number(size) };
  };
  try {
    for (let i = 0; i < WORKERS; i++) await fleet.addWorker();
    await fleet.operator.serve(200);
    const figures: LoadFigures[] = [];
    for (const perMinute of rates) {
      onRate(`${perMinute} jobs a minute`);
      const [before, stored] = [fleet.used(), await bytes()];
      const loop = monitorEventLoopDelay({ resolution: 5 });
      loop.enable();
      const { left, jobs, latencies, seconds: took } = await fleet.operator.load({ perMinute, blockMs: BLOCK_MS }, seconds);
      loop.disable();
      const [after, kept] = [fleet.used(), await bytes()];
      const part = (who: "operator" | "workers" | "server") => (after[who] - before[who]) / took;
      const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
      figures.push({
        perMinute,
        jobs,
        left,
        served: (60 * jobs) / took,
        median: at(0.5),
        p95: at(0.95),
        operator: part("operator"),
        workers: part("workers"),
        server: part("server"),
        loopP99: loop.percentile(99) / 1e6,
        walBytes: (kept.wal - stored.wal) / jobs,
        databaseBytes: (kept.size - stored.size) / jobs,
      });
    }
    return figures;
  } finally {
    await fleet.close();
  }
}

export function showLoad(figures: readonly LoadFigures[], say: (line: string) => void): void {
  say("\n| jobs a minute | served a minute | to the answer, median and p95 | left at the end | CPU: daemon | server | workers | event loop p99 | WAL a job | kept a job |");
  say("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
  const whole = (n: number): string => Math.round(n).toLocaleString("en");
  const percent = (n: number): string => `${(100 * n).toFixed(0)} %`;
  for (const { perMinute, served, median, p95, left, operator, server, workers, loopP99, walBytes, databaseBytes } of figures) {
    const cells = [whole(perMinute), whole(served), `${whole(median)} ms, ${whole(p95)} ms`, whole(left), percent(operator), percent(server), percent(workers)];
    say(`| ${[...cells, `${whole(loopP99)} ms`, `${(walBytes / 1024).toFixed(1)} KiB`, `${(databaseBytes / 1024).toFixed(1)} KiB`].join(" | ")} |`);
  }
}
