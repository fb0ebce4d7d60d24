/** How many jobs one worker serves on a PostgreSQL server, and how many several do. */
import { openFleet } from "./fleet.ts";

/** Jobs in hand: as many as keep four workers busy while the answers of others are recorded. */
const IN_HAND = 32;

export interface WorkersRate {
  readonly workers: number;
  /** Jobs a second: the median over the rounds. */
  readonly perSecond: number;
  /** Seconds of processors for one job: of the operator with its stand-in chain, of all workers, and of the server. */
  readonly operatorCpu: number;
  readonly workersCpu: number;
  readonly serverCpu: number;
}

/** Jobs a second with each number of workers in turn. */
export async function measureWorkers(counts: readonly number[], rounds: number, jobs: number, onRound: (what: string) => void): Promise<WorkersRate[]> {
  const fleet = await openFleet({ inHand: IN_HAND, places: 1 });
  try {
    const rates: WorkersRate[] = [];
    for (const workers of counts) {
      while (fleet.workers < workers) await fleet.addWorker();
      await fleet.operator.serve(jobs);
      const before = fleet.used();
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round++) {
        seconds.push(await fleet.operator.serve(jobs));
        onRound(`${workers} workers, round ${round + 1} of ${rounds}`);
      }
      const after = fleet.used();
      const median = seconds.sort((a, b) => a - b)[rounds >> 1];
      const each = (who: "operator" | "workers" | "server") => (after[who] - before[who]) / (rounds * jobs);
      rates.push({ workers, perSecond: jobs / median, operatorCpu: each("operator"), workersCpu: each("workers"), serverCpu: each("server") });
    }
    return rates;
  } finally {
    await fleet.close();
  }
}
