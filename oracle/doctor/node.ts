import { readFileSync } from "node:fs";
import { z } from "zod";
import { gameInterface } from "../chain/contracts.ts";
import { readMarket, showGwei } from "../chain/fees.ts";
import { JOB_TOPICS } from "../chain/logs.ts";
import { quantity, readHead } from "../chain/blocks.ts";
import { Rpc, RpcFault } from "../chain/rpc.ts";
import * as schema from "../chain/schemas.ts";
import type { Config } from "../config/schema.ts";
import { fail, judgeClock, judgeGasCap, judgeHeads, ok, warn } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import { isDevelopmentChain } from "../../core/developmentChain.ts";
import { TRANSACTION_GAS } from "../../core/dispute/budget.ts";
import { OpgError } from "../../core/errors.ts";
import { ZERO_ADDRESS } from "../../core/jobs/job.ts";
import type { Deployment } from "../ports.ts";
import { check } from "./context.ts";

const TIMEOUT_MS = 10_000;
/** Returns the gas that it has when it begins. */
const GAS_LEFT = "0x5a5f5260205ff3";
/** Fails with less than ten million gas. */
const NEEDS_GAS = "0x629896805a11600c575f5ffd5b00";
const NEEDED_GAS = 10_000_000n;
/** Blocks back that views have to be answered at: a round of a daemon reads all of it at one block. */
const RECENT = 2;
const GWEI = 10n ** 9n;

const labelOf = ({ name }: Rpc): string => `node ${name}`;

const OTHER_NODE = "name another node in network.rpcUrl";

/** The chain that the deployment file names; undefined where it cannot be read, which is told elsewhere. */
export function wantedChain({ network }: Config): number | undefined {
  try {
    return z.object({ chainId: z.number() }).parse(JSON.parse(readFileSync(network.deployment, "utf8"))).chainId;
  } catch {
    return undefined;
  }
}

/** Looks at every node by itself, and at all of them together. `deployment` is undefined where none could be read. */
export async function checkNodes(config: Config, deployment: Deployment | undefined, wanted: number | undefined): Promise<readonly Finding[]> {
  const { rpcUrl } = config.network;
  const nodes = rpcUrl.map((url) => new Rpc({ urls: [url], timeoutMs: TIMEOUT_MS, attempts: 2 }));
  const found = await Promise.all(nodes.map((rpc) => checkNode(rpc, config, deployment, wanted)));
  const heads = await Promise.all(nodes.map((rpc) => readHead(rpc).then(({ number }) => ({ name: rpc.name, block: number }), () => undefined)));
  const known = heads.filter((head) => head !== undefined);
  return [...found.flat(), ...(known.length > 1 ? [judgeHeads("nodes", known)] : [])];
}

async function checkNode(rpc: Rpc, config: Config, deployment: Deployment | undefined, wanted: number | undefined): Promise<readonly Finding[]> {
  const about = labelOf(rpc);
  const started = performance.now();
  const reached = await check(about, async () => {
    const chainId = await rpc.call("eth_chainId", [], schema.small);
    const ms = Math.round(performance.now() - started);
    if (wanted !== undefined && chainId !== wanted) {
      return fail(about, `it is on chain ${chainId}, and the deployment on chain ${wanted}`, "set network.rpcUrl and network.deployment to the same chain");
    }
    return ok(about, `answers in ${ms} ms, chain ${chainId}`);
  });
  if (reached.some(({ state }) => state === "fail")) return reached;
  const chainId = await rpc.call("eth_chainId", [], schema.small);
  const checks = [
    check(about, async () => judgeClock(about, (await readHead(rpc)).timestamp, Date.now() / 1_000, isDevelopmentChain(chainId))),
    check(about, () => checkTags(rpc)),
    check(about, () => checkCap(rpc)),
    check(about, () => checkFees(rpc, config)),
    ...(deployment === undefined ? [] : [check(about, () => checkLogs(rpc, config.network.logRange, deployment))]),
  ];
  return [...reached, ...(await Promise.all(checks)).flat()];
}

/** Whether the blocks that are asked about are known by the names that they are asked by. */
async function checkTags(rpc: Rpc): Promise<Finding> {
  const { number } = await readHead(rpc);
  const recent = quantity(Math.max(0, number - RECENT));
  for (const [method, params] of [
    ["eth_call", [{ to: ZERO_ADDRESS, data: "0x" }, recent]],
    ["eth_getTransactionCount", [ZERO_ADDRESS, recent]],
  ] as const) {
    const failure = await faultOf(rpc, method, params);
    if (failure !== undefined) return fail(labelOf(rpc), `it does not answer ${method} of block ${BigInt(recent)}, ${RECENT} below its newest: ${failure}`, `let it keep the state of the last 64 blocks at least, or ${OTHER_NODE}`);
  }
  const pending = await faultOf(rpc, "eth_getBlockByNumber", ["pending", false]);
  if (pending !== undefined) return warn(labelOf(rpc), `it knows no block "pending": ${pending}`, `nothing has to be done: the latest block is asked about instead; or ${OTHER_NODE}`);
  return ok(labelOf(rpc), "it knows the blocks that it is asked about: latest, pending, and recent ones by number");
}

async function faultOf(rpc: Rpc, method: string, params: readonly unknown[]): Promise<string | undefined> {
  try {
    await rpc.call(method, params, z.unknown().refine((value) => value !== null));
    return undefined;
  } catch (error) {
    if (error instanceof RpcFault || error instanceof OpgError) return error.message;
    throw error;
  }
}

/** Whether a call may take as much gas as a transaction, and an estimate as much as a proof does. */
async function checkCap(rpc: Rpc): Promise<Finding> {
  const gas = quantity(TRANSACTION_GAS);
  let left: bigint;
  try {
    left = BigInt(await rpc.call("eth_call", [{ from: ZERO_ADDRESS, data: GAS_LEFT, gas }, "latest"], schema.bytes));
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    return judgeGasCap(labelOf(rpc), 0n);
  }
  const judged = judgeGasCap(labelOf(rpc), left);
  if (judged.state !== "ok") return judged;
  const estimate = await faultOf(rpc, "eth_estimateGas", [{ from: ZERO_ADDRESS, data: NEEDS_GAS }]);
  if (estimate === undefined) return judged;
  return fail(labelOf(rpc), `it does not estimate calls of ${NEEDED_GAS} gas: ${estimate}`, `raise its cap of gas (geth: --rpc.gascap), or ${OTHER_NODE}`);
}

async function checkFees(rpc: Rpc, { network }: Config): Promise<Finding> {
  const { base, tip } = await readMarket(rpc);
  const price = `a unit of gas costs ${showGwei(base)} gwei and a tip of ${showGwei(tip)}`;
  const limit = BigInt(network.maxFeeGwei) * GWEI;
  if (base + tip > limit) return fail(labelOf(rpc), `${price}, more than network.maxFeeGwei (${network.maxFeeGwei})`, "raise network.maxFeeGwei, or wait: until then nothing is sent but answers and proofs");
  return ok(labelOf(rpc), price);
}

/** Whether logs can be asked for as the follower does, and reach back to the deployment. */
async function checkLogs(rpc: Rpc, range: number, deployment: Deployment): Promise<readonly Finding[]> {
  const { number } = await readHead(rpc);
  const { jobs, game, startBlock } = deployment;
  const ask = (from: number, to: number, topics: readonly unknown[]) =>
    rpc.call("eth_getLogs", [{ address: [jobs, game], topics, fromBlock: quantity(from), toBlock: quantity(to) }], z.array(schema.log));
  const findings: Finding[] = [];
  try {
    await ask(Math.max(0, number - range + 1), number, [JOB_TOPICS]);
    findings.push(ok(labelOf(rpc), `it gives the logs of ${range} blocks at once`));
  } catch (error) {
    if (!(error instanceof RpcFault) || error.answer === "unsupported") throw error;
    findings.push(warn(labelOf(rpc), `it does not give the logs of ${range} blocks at once: ${error.message}`, `lower network.logRange: what is too much is asked for in halves, which takes more calls`));
  }
  // The game announces the registry that it belongs to when it is deployed.
  const bound = [gameInterface.getEvent("Bound")!.topicHash];
  const early = await ask(startBlock, Math.min(number, startBlock + Math.min(range, 1_000)), [bound]).catch((error: unknown) => {
    if (error instanceof RpcFault) return [];
    throw error;
  });
  if (early.length > 0) return [...findings, ok(labelOf(rpc), `its logs reach back to the deployment, from block ${startBlock} on`)];
  return [
    ...findings,
    fail(labelOf(rpc), `it does not show what happened at the deployment, from block ${startBlock} on: it has no such old logs, or shows none`, `name a node in network.rpcUrl that keeps them: a daemon with a fresh store reads all of them`),
  ];
}
