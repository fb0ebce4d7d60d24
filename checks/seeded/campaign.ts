import { build, readSource } from "../instrument/compile.ts";
import { Runner, type Effort, type Outcome } from "../instrument/run.ts";
import type { Bug } from "./bugs.ts";

const SUITE = "test/solidity/invariant/Protocol.t.sol";
/** What the suite makes from artifacts, so that a bug costs no compilation of the suite. */
const DEPLOYED = ["contracts/staking/StakeRegistry.sol", "contracts/jobs/JobRegistry.sol", "contracts/dispute/DisputeGame.sol"];
/** EDR goes on to the last run when the end of one fails, so runs come in portions. */
const PORTION = 4;

export interface Found {
  /** What the invariants said; nothing if they held. */
  readonly reason?: string;
  /** Runs until then, to a portion. */
  readonly runs: number;
  readonly seconds: number;
}

export type Contracts = ReturnType<typeof build>;
export const buildSuite = (): Contracts => build([SUITE], new Map());

/** The bug's file with the bug in it. */
export function planted({ name, file, replace: [from, to] }: Bug): string {
  const parts = readSource(file).split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text occurs ${parts.length - 1} times in ${file}`);
  return parts.join(to);
}

/** Tries the invariants on the contracts, with the bug if one is given, until they break. */
export async function hunt(suite: Contracts, bug: Bug | undefined, limits: Effort): Promise<Found> {
  const started = performance.now();
  const overlay = new Map(bug === undefined ? [] : [[bug.file, planted(bug)]]);
  const runner = await Runner.create({ ...suite, ...build(DEPLOYED, overlay) });
  const invariants = runner.tests.filter((test) => test.name.startsWith("invariant"));
  let runs = 0;
  let failure: Outcome | undefined;
  while (failure === undefined && runs < limits.runs) {
    const portion = Math.min(PORTION, limits.runs - runs);
    const { outcomes } = await runner.run(invariants, 0n, { runs: portion, depth: limits.depth, seed: limits.seed + runs });
    if (outcomes.length < invariants.length) throw new Error("an invariant did not run");
    failure = outcomes.find((o) => !o.passed);
    runs += failure === undefined ? portion : Math.min(failure.runs + 1, portion);
  }
  return { reason: failure?.reason, runs, seconds: (performance.now() - started) / 1000 };
}
