import { openJudge, PROTOCOL } from "./chainJudge.ts";
import { openHardhatChain } from "./hardhatChain.ts";
import type { Judge } from "./judge.ts";

export interface HardhatJudgeOptions {
  /** Told before the contracts are compiled, which takes a while. */
  readonly onBuild?: () => void;
}

/** The real game, on a chain inside this process. */
export const openHardhatJudge = async ({ onBuild = () => {} }: HardhatJudgeOptions = {}): Promise<Judge> =>
  openJudge(await openHardhatChain(PROTOCOL, onBuild));
