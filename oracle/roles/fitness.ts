import { formatEther } from "ethers";
import type { Hex } from "../../core/hex.ts";
import { isTooLate, whyTooSlow, whyUnanswerable, whyUnwanted, type Footprint } from "../../core/jobs/declining.ts";
import type { Context, Occasion } from "./context.ts";
import type { Means } from "./means.ts";
import { createNetworkFacts } from "./network.ts";
import type { OperatorPolicy } from "./operatorPolicy.ts";
import { Recent } from "./recent.ts";
import type { Answer, Tasks } from "./tasks.ts";

/** Versions of which something is remembered. */
const REMEMBERED = 4_096;

export type Lack = "bond" | "native" | "disk";

/** Whether this host is fit to serve a job and to see a challenge of it through, by what it has learned of the version. */
export interface Fitness {
  /** Why the operator does not want the job, as it stands. */
  unwanted(occasion: Occasion): string | undefined;
  /** What its answer takes; throws where the version cannot be served. */
  footprintOf(occasion: Occasion): Promise<Footprint>;
  /** Why its answer could never go through. */
  never(occasion: Occasion, takes: Footprint): Promise<string | undefined>;
  /** Why a challenge could not be answered in time. */
  tooSlow(version: Hex): Promise<string | undefined>;
  /** What this host lacks at the moment to see a challenge through. */
  lacking(occasion: Occasion, takes: Footprint): Promise<readonly [Lack, string] | undefined>;
  learn(version: Hex, answer: Answer): void;
}

export function createFitness(context: Context, tasks: Pick<Tasks, "survey">, policy: OperatorPolicy, means: Means): Fitness {
  const network = createNetworkFacts(context, policy);
  const footprints = new Recent<Hex, Footprint>(REMEMBERED);
  /** Seconds that the last run and the last trace took. */
  const seconds = { run: new Recent<Hex, number>(REMEMBERED), trace: new Recent<Hex, number>(REMEMBERED) };

  async function tooSlow(version: Hex): Promise<string | undefined> {
    const [pace, clocks] = await Promise.all([network.pace(), network.clocks()]);
    return whyTooSlow(pace, clocks, seconds.trace.get(version) ?? 0);
  }

  return {
    unwanted({ state, now }) {
      const { terms, claim, job } = state;
      if (policy.versions !== "all" && !policy.versions.includes(job.version)) return "version is not configured";
      const unwanted = whyUnwanted(terms, policy);
      if (unwanted !== undefined) return unwanted;
      return isTooLate(claim, now, seconds.run.get(job.version) ?? 0, network.knownPace()) ? "deadline is too close" : undefined;
    },
    async footprintOf(occasion) {
      const { version } = occasion.state.job;
      const known = footprints.get(version) ?? (await tasks.survey(occasion));
      footprints.set(version, known);
      return known;
    },
    async never({ state }, takes) {
      const { job, terms } = state;
      return whyUnanswerable(takes, terms, await network.maxOutputBytes()) ?? (await tooSlow(job.version));
    },
    tooSlow,
    async lacking(occasion, { servingGas, traceBytes }) {
      const gas = BigInt(servingGas);
      const { native, gasPrice } = await means.purchasing(occasion, gas);
      const cost = gas * gasPrice;
      if (native < cost) {
        return ["native", `native coin: to submit and to open may cost ${formatEther(cost)}, and the account holds ${formatEther(native)}`];
      }
      const room = await context.shelf.room();
      return room < traceBytes ? ["disk", `room on the disk: its trace has ${traceBytes} bytes, and ${room} are left`] : undefined;
    },
    learn(version, { runMs, traceMs }) {
      seconds.run.set(version, runMs / 1000);
      if (traceMs !== null) seconds.trace.set(version, traceMs / 1000);
    },
  };
}
