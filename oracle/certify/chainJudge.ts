import { Interface, ZeroHash, keccak256, toBeHex } from "ethers";
import { encodeAbi, encodeCall } from "../../core/abi.ts";
import { TRANSACTION_GAS, transactionFits } from "../../core/dispute/budget.ts";
import { inlineCommitment } from "../../core/program/program.ts";
import type { Judge, Verdict } from "./judge.ts";
import type { Deployed, LocalChain, Sent } from "./localChain.ts";
import { deployVerifier, VERIFIER } from "./verifier.ts";

/** Contracts that are asked, by folder and name. */
export const PROTOCOL = [
  ...VERIFIER,
  ...([["dispute", "DisputeGame"], ["jobs", "JobRegistry"], ["staking", "StakeRegistry"], ["registry", "ModelRegistry"], ["token", "OPG"]] as const),
];

const DAY = 86_400n;
const OPG = 10n ** 18n;
const BOND = 100n * OPG;

/** The contracts of the protocol, as they are deployed; clocks so long that no number of questions outlasts them. */
async function deployProtocol(chain: LocalChain) {
  const verifier = await deployVerifier(chain);
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

type Protocol = Awaited<ReturnType<typeof deployProtocol>>;

const callerOf = (chain: LocalChain) => (from: string, contract: Deployed, method: string, ...args: readonly unknown[]): Promise<Sent> =>
  chain.call(from, contract, method, args);

/**
 * The real game with everything that it asks, on a chain of its own, which it closes. Every question is put to it in
 * transactions that may take what a chain allows, in a dispute about its program.
 */
export async function openJudge(chain: LocalChain): Promise<Judge> {
  const protocol = await deployProtocol(chain);
  const { verifier, opg, models, stakes, game, jobs } = protocol;
  const [challenger, operator] = chain.accounts;
  const call = callerOf(chain);
  const riches = 1_000_000n * OPG;
  await call(challenger, opg, "transfer", operator, riches);
  for (const account of [challenger, operator]) for (const { address } of [jobs, stakes, game]) await call(account, opg, "approve", address, 2n ** 255n);
  await call(operator, stakes, "bond(address,uint256)", jobs.address, riches);
  await call(challenger, jobs, "deposit(address,uint256)", challenger, riches);
  await call(challenger, game, "deposit(address,uint256)", challenger, riches);
  await call(challenger, models, "createModel", "");

  const code = (await chain.request("eth_getCode", verifier.address, "latest")) as string;

  /**
   * A dispute about a version with this program, opened with a trace of which nothing but the root is known: while it is
   * opened, the verifier's place is taken by one that gives a root for any opening.
   */
  const opened = async (programRoot: string): Promise<Dispute> => {
    const job = await challengedJob(chain, protocol, programRoot);
    const root = keccak256(programRoot);
    // Returns the root and, as what is published with it, no bytes.
    await chain.request("hardhat_setCode", verifier.address, `0x7f${root.slice(2)}5f52604060205260605ff3`);
    await call(operator, game, "open", job, "0x", "");
    await chain.request("hardhat_setCode", verifier.address, code);
    return { job, rootAt: await placeOf(chain, game, job[0] as bigint, root) };
  };
  const disputes = new Map<string, Dispute>();
  /** Where the chain is taken back to: with every dispute open. */
  let before: unknown;
  const dispute = async (programRoot: string): Promise<Dispute> => {
    const found = disputes.get(programRoot) ?? (await opened(programRoot));
    if (!disputes.has(programRoot)) before = undefined;
    disputes.set(programRoot, found);
    return found;
  };

  const convict = game.abi.getFunction("convict")!;
  const advance = game.abi.getFunction("advance")!;
  // One question after the other: each leaves the disputes as they were.
  let last: Promise<unknown> = Promise.resolve();
  return {
    judge(programRoot, traceRoot, proof, pieces = [], gasLimits = []) {
      const asked = last.then(async (): Promise<Verdict> => {
        const { job, rootAt } = await dispute(programRoot);
        const steps = pieces.map((piece) => encodeCall(advance, [job, piece.until, piece.proof]));
        steps.push(encodeCall(convict, [job, proof, ZeroHash]));
        before ??= await chain.request("evm_snapshot");
        await chain.request("hardhat_setStorageAt", game.address, rootAt, traceRoot);
        let untouched = false;
        try {
          const verdict = await judgeSteps(chain, game, steps, gasLimits);
          untouched = verdict.convicts === false && pieces.length === 0;
          return verdict;
        } finally {
          if (!untouched) {
            await chain.request("evm_revert", before);
            before = undefined;
          }
        }
      });
      last = asked.catch(() => undefined);
      return asked;
    },
    close: () => chain.close(),
  };
}

/** A job of a version with this program, challenged. */
async function challengedJob(chain: LocalChain, { verifier, models, jobs, game }: Protocol, programRoot: string): Promise<unknown[]> {
  const [challenger, operator] = chain.accounts;
  const call = callerOf(chain);
  const files = { fileDigest: ZeroHash, programDigest: ZeroHash, header: "0x", fileURI: "", programURI: "" };
  const details = { modelId: 1, programRoot, verifier: verifier.address, price: 0, minBond: BOND, minWindow: 1, shareBps: 0, ...files };
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
}

/** What the game makes of these steps, each in a transaction of its own. */
async function judgeSteps(chain: LocalChain, game: Deployed, steps: readonly string[], gasLimits: readonly number[]): Promise<Verdict> {
  const [challenger] = chain.accounts;
  const admits = game.abi.getError("ElementAdmissible")!.selector;
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
}

/** An opened dispute, and where the game keeps the root of its trace. */
interface Dispute {
  readonly job: readonly unknown[];
  readonly rootAt: string;
}

/** Where a contract keeps a word about an id: in which of its mappings, and how far into what the mapping holds. */
async function placeOf(chain: LocalChain, { address }: Deployed, id: bigint, word: string): Promise<string> {
  for (let slot = 0; slot < 32; slot++) {
    const held = BigInt(keccak256(encodeAbi(["uint256", "uint256"], [id, slot])));
    for (let offset = 0n; offset < 4n; offset++) {
      const place = toBeHex(held + offset, 32);
      if ((await chain.request("eth_getStorageAt", address, place, "latest")) === word) return place;
    }
  }
  throw new Error("the game keeps the root of a trace where nobody looks for it");
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
