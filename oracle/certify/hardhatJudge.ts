import { Interface, ZeroHash } from "ethers";
import { TRANSACTION_GAS, transactionFits } from "../core/dispute/budget.ts";
import { inlineCommitment } from "../core/program/program.ts";
import { openHardhatChain, type Deployed, type HardhatChain, type Sent } from "./hardhatChain.ts";
import type { Judge, Verdict } from "./judge.ts";

/** Families by the high byte of the opcodes that they judge, from 1. */
const FAMILIES = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"] as const;
const NEEDED = [
  ...FAMILIES.map((name) => ["families", name] as const),
  ...([["dispute", "OpVerifier"], ["dispute", "DisputeGame"], ["jobs", "JobRegistry"], ["staking", "StakeRegistry"], ["registry", "ModelRegistry"], ["token", "OPG"]] as const),
];

const DAY = 86_400n;
const OPG = 10n ** 18n;
const BOND = 100n * OPG;

export interface HardhatJudgeOptions {
  /** Told before the contracts are compiled, which takes a while. */
  readonly onBuild?: () => void;
}

/** The contracts of the protocol, as they are deployed; clocks so long that no number of questions outlasts them. */
async function deployProtocol(chain: HardhatChain) {
  const families: string[] = [];
  for (const name of FAMILIES) families.push((await chain.deploy("families", name)).address);
  const verifier = await chain.deploy("dispute", "OpVerifier", [families]);
  const opg = await chain.deploy("token", "OPG", [chain.accounts[0]]);
  const models = await chain.deploy("registry", "ModelRegistry");
  const stakes = await chain.deploy("staking", "StakeRegistry", [opg.address, 100n * DAY, 2_000, 4_000]);
  const clocks = { openPeriod: 30n * DAY, provePeriod: 30n * DAY, rewardPeriod: DAY, revealPeriod: DAY };
  const fees = { challengeFee: OPG, challengeFeeBps: 10, maxOpenDemands: 64, demandFee: OPG, demandDepositBps: 50 };
  const game = await chain.deploy("dispute", "DisputeGame", [models.address, stakes.address, { ...clocks, ...fees }]);
  const limits = { maxWindow: DAY, maxServePeriod: DAY, acceptPeriod: 60, maxInputBytes: 1024, maxOutputBytes: 1024, maxCallbackGas: 0 };
  const jobs = await chain.deploy("jobs", "JobRegistry", [models.address, stakes.address, game.address, limits]);
  return { verifier, opg, models, stakes, game, jobs };
}

/**
 * The real game with everything that it asks, on a chain inside this process. Every question is put to it in transactions
 * that may take what a chain allows, in a dispute of its own.
 */
export async function openHardhatJudge({ onBuild = () => {} }: HardhatJudgeOptions = {}): Promise<Judge> {
  const chain = await openHardhatChain(NEEDED, onBuild);
  const { verifier, opg, models, stakes, game, jobs } = await deployProtocol(chain);
  const [challenger, operator] = chain.accounts;
  const call = (from: string, contract: Deployed, method: string, ...args: readonly unknown[]): Promise<Sent> => chain.call(from, contract, method, args);
  const riches = 1_000_000n * OPG;
  await call(challenger, opg, "transfer", operator, riches);
  for (const account of [challenger, operator]) for (const { address } of [jobs, stakes, game]) await call(account, opg, "approve", address, 2n ** 255n);
  await call(operator, stakes, "bond(address,uint256)", jobs.address, riches);
  await call(challenger, jobs, "deposit(address,uint256)", challenger, riches);
  await call(challenger, game, "deposit(address,uint256)", challenger, riches);
  await call(challenger, models, "createModel", "");

  const code = (await chain.request("eth_getCode", verifier.address, "latest")) as string;

  /** A job of a version with this program, challenged. */
  const challenged = async (programRoot: string): Promise<unknown[]> => {
    const details = { modelId: 1, programRoot, fileDigest: ZeroHash, programDigest: ZeroHash, verifier: verifier.address, price: 0, minBond: BOND, minWindow: 1, shareBps: 0, header: "0x", fileURI: "", programURI: "" };
    const [version] = await chain.read(models, "versionId", [details]);
    await call(challenger, models, "publish", details);
    const { timestamp } = (await chain.request("eth_getBlockByNumber", "latest", false)) as { timestamp: string };
    const request = { version, operator, fee: 0, bond: BOND, callbackGas: 0, window: DAY, deadline: BigInt(timestamp) + DAY / 2n };
    const asked = eventOf(jobs, await call(challenger, jobs, "request", request, "0x00"));
    const bytes = inlineCommitment(Uint8Array.of(0));
    const job = [asked.jobId, version, bytes, asked.terms, asked.claim, ZeroHash];
    const { claim } = eventOf(jobs, await call(operator, jobs, "submit", job, "0x00"));
    const submitted = [...job.slice(0, 4), claim, bytes];
    await call(challenger, game, "challenge", submitted);
    return submitted;
  };
  const stages = new Map<string, Promise<unknown[]>>();
  const stage = (programRoot: string): Promise<unknown[]> => {
    const known = stages.get(programRoot) ?? challenged(programRoot);
    stages.set(programRoot, known);
    return known;
  };

  /**
   * Opens the dispute with a trace of which nothing but the root is known: while it is opened, the verifier's place is taken
   * by one that gives that root for any opening.
   */
  const open = async (job: unknown[], traceRoot: string): Promise<void> => {
    // Returns the root and, as what is published with it, no bytes.
    await chain.request("hardhat_setCode", verifier.address, `0x7f${traceRoot.slice(2)}5f52604060205260605ff3`);
    await call(operator, game, "open", job, "0x", "");
    await chain.request("hardhat_setCode", verifier.address, code);
  };

  const admits = game.abi.getError("ElementAdmissible")!.selector;
  const judge = async (job: unknown[], traceRoot: string, steps: readonly string[], gasLimits: readonly number[]): Promise<Verdict> => {
    await open(job, traceRoot);
    let gas = 0;
    let fits = true;
    for (const [i, data] of steps.entries()) {
      const gasLimit = gasLimits[i] ?? TRANSACTION_GAS;
      const sent = await chain.send(challenger, data, game.address, gasLimit);
      gas = Math.max(gas, sent.gas);
      fits &&= transactionFits((data.length - 2) / 2, sent.gas);
      if (sent.revert === undefined) continue;
      const isVerdict = i === steps.length - 1 && sent.revert.startsWith(admits);
      if (isVerdict) return { convicts: false, revert: "", gas, fits };
      // What runs out of gas deep inside leaves a 64th of it, and reverts without data all the way up.
      const exhausted = sent.revert === "0x";
      return { convicts: undefined, revert: exhausted ? `ran out of ${gasLimit} gas` : describe(sent.revert), gas, fits: fits && !exhausted };
    }
    return { convicts: true, revert: "", gas, fits };
  };

  // One question after the other: each takes the chain back to where it was.
  let last: Promise<unknown> = Promise.resolve();
  return {
    judge(programRoot, traceRoot, proof, pieces = [], gasLimits = []) {
      const asked = last.then(async (): Promise<Verdict> => {
        const job = await stage(programRoot);
        const steps = pieces.map((piece) => game.abi.encodeFunctionData("advance", [job, piece.until, piece.proof]));
        steps.push(game.abi.encodeFunctionData("convict", [job, proof, ZeroHash]));
        const before = await chain.request("evm_snapshot");
        try {
          return await judge(job, traceRoot, steps, gasLimits);
        } finally {
          await chain.request("evm_revert", before);
        }
      });
      last = asked.catch(() => undefined);
      return asked;
    },
    close: () => chain.close(),
  };
}

/** Arguments of the first event of a contract's transaction. */
function eventOf({ abi }: Deployed, { logs }: Sent): Record<string, unknown> {
  const [event] = logs.flatMap((log) => abi.parseLog(log) ?? []);
  return event.args.toObject();
}

function describe(data: string): string {
  if (data === "0x") return "reverted without a reason (out of gas or an invalid operation)";
  const panic = new Interface(["error Panic(uint256)", "error Error(string)"]).parseError(data);
  return panic === null ? `reverted with ${data.slice(0, 74)}` : `reverted with ${panic.name}(${panic.args.join(", ")})`;
}
