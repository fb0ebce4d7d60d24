import type { Interface } from "ethers";
import { z } from "zod";
import { inputError, messageOf, OpgError, transientError } from "../core/errors.ts";
import type { JobEvent } from "../core/jobs/events.ts";
import { JOB_STATUS, ZERO_HASH } from "../core/jobs/job.ts";
import type { Hex } from "../core/hex.ts";
import type { ChainHead, ChainReader, Deployment, Revert, Simulation } from "../ports.ts";
import { describeRevert, gameInterface, jobsInterface, modelsInterface, stakesInterface, tokenInterface } from "./contracts.ts";
import { readMarket } from "./fees.ts";
import { decodeJobLog, JOB_TOPICS } from "./logs.ts";
import { pendingOrLatest } from "./pending.ts";
import { rehearse } from "./rehearsal.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import { readJudge, RELEASES } from "./verifiers.ts";
import type { Header, Log, Receipt } from "./schemas.ts";

export async function readHeader(rpc: JsonRpc, tag: number | "latest"): Promise<Header | null> {
  const block = tag === "latest" ? tag : quantity(tag);
  return rpc.call("eth_getBlockByNumber", [block, false], schema.header.nullable());
}

export async function readHead(rpc: JsonRpc): Promise<ChainHead> {
  const latest = await readHeader(rpc, "latest");
  if (latest === null) throw transientError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
  const pending = await pendingOrLatest(rpc, (tag) => rpc.call("eth_getBlockByNumber", [tag, false], schema.pendingHeader.nullable()));
  const { number, hash, timestamp } = latest;
  return { number, hash, timestamp, next: Math.max(timestamp + 1, pending?.timestamp ?? 0) };
}

/** The receipt of a transaction that was mined, as far as this node knows. */
export async function readReceipt(rpc: JsonRpc, hash: Hex): Promise<Receipt | null> {
  return rpc.call("eth_getTransactionReceipt", [hash], schema.receipt.nullable());
}

/** Logs of a stretch of blocks, asked for in halves where the node finds it too much at once. */
export async function readLogs(rpc: JsonRpc, filter: LogFilter, from: number, to: number): Promise<Log[]> {
  try {
    const params = { ...filter, fromBlock: quantity(from), toBlock: quantity(to) };
    return await rpc.agreed("eth_getLogs", [params], z.array(schema.log));
  } catch (error) {
    if (!(error instanceof RpcFault) || error.answer === "unsupported") throw error;
    if (from === to) throw transientError("RPC_FAULT", `${rpc.name} has no logs of block ${from}: ${error.message}`);
    const middle = Math.floor((from + to) / 2);
    return [...(await readLogs(rpc, filter, from, middle)), ...(await readLogs(rpc, filter, middle + 1, to))];
  }
}

export interface LogFilter {
  readonly address: readonly Hex[];
  readonly topics: readonly unknown[];
}

/** What the EVM objected to. An error of the node itself is no objection: it is thrown on, to be tried again. */
export function refusalOf(fault: RpcFault): Revert {
  if (fault.answer !== "reverted") throw transientError("RPC_FAULT", `the node could not run ${fault.method}: ${fault.message}`);
  return fault.revert === undefined ? { error: fault.message } : describeRevert(fault.revert);
}

export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;

/** As a topic of a log. */
const wordOf = (value: Hex): Hex => `0x${value.slice(2).padStart(64, "0")}`;

/** Calls a view at a block and hands its decoded values to a schema. */
async function view<T>(
  rpc: JsonRpc,
  at: Hex | "latest",
  to: Hex,
  contract: Interface,
  name: string,
  values: readonly unknown[],
  shape: z.ZodType<T>,
): Promise<T> {
  const data = contract.encodeFunctionData(name, values);
  let reply: Hex;
  try {
    reply = await rpc.call("eth_call", [{ to, data }, at], schema.bytes);
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    // Rationale: nothing is asked of a contract that it refuses; a node that is behind lets it.
    throw transientError("CHAIN_VIEW", `${name}: ${refusalOf(error).error}`);
  }
  // A node without the state of this block answers as if there were no contract.
  if (reply === "0x") throw transientError("CHAIN_NO_STATE", `${rpc.name} answered ${name} at ${to} with nothing`);
  let decoded: unknown;
  try {
    decoded = contract.decodeFunctionResult(name, reply).toArray(true);
  } catch (error) {
    throw transientError("CHAIN_VIEW_SHAPE", `${name} at ${to} answered in an unknown shape: ${messageOf(error)}`);
  }
  const parsed = z.tuple([shape]).safeParse(decoded);
  if (!parsed.success) throw transientError("CHAIN_VIEW_SHAPE", `${name} at ${to} answered in an unknown shape`);
  return parsed.data[0];
}

const uint = z.bigint();
const number = uint.transform(Number);
const lower = z.string().transform((text) => text.toLowerCase() as Hex);

const version = z
  .tuple([uint, lower, lower, lower, lower, uint, uint, number, number, lower, z.string(), z.string()])
  .transform(([modelId, programRoot, verifier, fileDigest, programDigest, price, minBond, minWindow, shareBps, header, fileURI, programURI]) => ({
    modelId,
    programRoot,
    verifier,
    fileDigest,
    programDigest,
    price,
    minBond,
    minWindow,
    shareBps,
    header,
    fileURI,
    programURI,
  }));

const quote = z
  .tuple([uint, uint, number, number, z.boolean()])
  .transform(([price, minBond, minWindow, shareBps, open]) => ({ price, minBond, minWindow, shareBps, open }));

const bond = z.tuple([uint, uint, number]).transform(([bonded, exiting, exitAt]) => ({ bonded, exiting, exitAt }));

const deploymentFile = z.object({
  chainId: z.number().int().positive(),
  block: z.number().int().nonnegative(),
  opg: schema.address,
  models: schema.address,
  stakes: schema.address,
  game: schema.address,
  jobs: schema.address,
  verifier: schema.address,
});

/** The addresses in a deployment file, once the chain agrees: the jobs registry knows all the others. */
export async function connectDeployment(rpc: JsonRpc, content: unknown, file: string): Promise<Deployment> {
  const parsed = deploymentFile.safeParse(content);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw inputError("DEPLOYMENT_INVALID", `${file} is not a deployment: ${faults}`, {
      fix: "take the file that scripts/deploy.ts wrote, or the one shipped for this network",
    });
  }
  const { block, ...deployment } = parsed.data;
  const chainId = await rpc.call("eth_chainId", [], schema.small).catch((error: unknown) => {
    // The first question of all: who is refused here has the wrong address or key.
    if (!(error instanceof OpgError) || error.code !== "RPC_FORBIDDEN") throw error;
    throw inputError(error.code, error.message, { ...(error.fix !== undefined && { fix: error.fix }), cause: error });
  });
  if (chainId !== deployment.chainId) {
    const problem = `${file} is for chain ${deployment.chainId}, but ${rpc.name} is chain ${chainId}`;
    throw inputError("CHAIN_OTHER", problem, { fix: "set network.rpcUrl and network.deployment to the same chain" });
  }
  for (const name of ["opg", "models", "stakes", "game"] as const) {
    const actual = await view(rpc, "latest", deployment.jobs, jobsInterface, name, [], lower).catch((error: unknown) =>
      missingContract(rpc, deployment.jobs, error),
    );
    if (actual === deployment[name]) continue;
    throw inputError("DEPLOYMENT_MIXED", `${file} says ${name} is ${deployment[name]}, its jobs registry says ${actual}`, {
      fix: "take the file of one deployment as it was written",
    });
  }
  return { ...deployment, startBlock: block };
}

/** Tells a chain without the contract from a node that failed to run it. */
async function missingContract(rpc: JsonRpc, at: Hex, error: unknown): Promise<never> {
  const known = error instanceof OpgError && ["CHAIN_NO_STATE", "CHAIN_VIEW", "CHAIN_VIEW_SHAPE"].includes(error.code);
  const there = !known || (error.code === "CHAIN_NO_STATE" && (await rpc.call("eth_getCode", [at, "latest"], schema.bytes)) !== "0x");
  if (there) throw error;
  throw inputError("CHAIN_NO_CONTRACT", `there is no contract of this project at ${at}`, {
    fix: "check network.rpcUrl and network.deployment: they must belong together",
  });
}

/** Blocks over which the time between them is taken. */
const PACE_BLOCKS = 64;

export function createReader(rpc: JsonRpc, deployment: Deployment): ChainReader {
  const { jobs, game, models, stakes, opg } = deployment;
  // INVARIANT: once a block is known, no view is answered from before it: what a transaction changed there is seen.
  let asOf: number | undefined;
  const tag = (): Hex | "latest" => (asOf === undefined ? "latest" : quantity(asOf));
  const ask = <T>(to: Hex, contract: Interface, name: string, values: readonly unknown[], shape: z.ZodType<T>) =>
    view(rpc, tag(), to, contract, name, values, shape);
  /** That a node cannot say it now does not mean that it never can. */
  const plain = <T>(method: string, params: readonly unknown[], shape: z.ZodType<T>) =>
    rpc.call(method, params, shape).catch((error: unknown) => {
      if (error instanceof RpcFault) throw transientError("RPC_FAULT", `the node does not answer ${method}: ${error.message}`);
      throw error;
    });
  const reader: ChainReader = {
    deployment,
    get asOf() {
      return asOf;
    },
    pin(block) {
      asOf = Math.max(asOf ?? 0, block);
    },
    unpin() {
      asOf = undefined;
    },
    async head() {
      const head = await readHead(rpc);
      if (asOf !== undefined && head.number < asOf) throw transientError("RPC_BEHIND", `${rpc.name} has not got block ${asOf} yet`);
      return head;
    },
    async blockHash(number) {
      const block = await readHeader(rpc, number);
      if (block === null) throw transientError("CHAIN_NO_BLOCK", `${rpc.name} has no block ${number}`);
      return block.hash;
    },
    async minedIn(hash) {
      return (await readReceipt(rpc, hash))?.blockNumber;
    },
    async outcome(hash) {
      const receipt = await readReceipt(rpc, hash);
      if (receipt === null) throw transientError("RPC_BEHIND", `${rpc.name} does not show the receipt of ${hash} yet`);
      const jobIds: bigint[] = [];
      const modelIds: bigint[] = [];
      const versions: Hex[] = [];
      for (const log of receipt.logs) {
        const decoded = decodeJobLog(deployment, log);
        if (decoded?.event.type.startsWith("JobRequested") === true) jobIds.push(decoded.id);
        if (log.address !== models) continue;
        const parsed = modelsInterface.parseLog(log);
        if (parsed?.name === "ModelCreated") modelIds.push(parsed.args.modelId as bigint);
        if (parsed?.name === "VersionPublished") versions.push(parsed.args.version as Hex);
      }
      return { jobs: jobIds, models: modelIds, versions };
    },
    version: (id) => ask(models, modelsInterface, "versionOf", [id], version),
    judge: (verifier) => readJudge(rpc, verifier, RELEASES, tag()),
    quote: (id) => ask(jobs, jobsInterface, "quote", [id], quote),
    async offerState(id) {
      const offer = await ask(models, modelsInterface, "offerOf", [id], uint);
      return (["unknown", "published", "deprecated"] as const)[Number(offer & 0xffffffn)] ?? "unknown";
    },
    async successor(id) {
      const successor = await ask(models, modelsInterface, "successorOf", [id], lower);
      return successor === ZERO_HASH ? undefined : successor;
    },
    async model(modelId) {
      const [owner, uri, versions] = await Promise.all([
        ask(models, modelsInterface, "ownerOf", [modelId], lower),
        ask(models, modelsInterface, "tokenURI", [modelId], z.string()),
        ask(models, modelsInterface, "versionsOf", [modelId], z.array(lower)),
      ]);
      return { modelId, owner, uri, versions };
    },
    modelCount: () => ask(models, modelsInterface, "modelCount", [], uint),
    async bond(operator) {
      const [held, lockable, locked] = await Promise.all([
        ask(stakes, stakesInterface, "bondOf", [operator, jobs], bond),
        ask(stakes, stakesInterface, "lockableOf", [operator, jobs], uint),
        ask(jobs, jobsInterface, "lockedOf", [operator], uint),
      ]);
      return { ...held, locked, free: lockable > locked ? lockable - locked : 0n };
    },
    exitDelay: () => ask(stakes, stakesInterface, "exitDelay", [], number),
    async gameTerms() {
      const term = <T>(name: string, shape: z.ZodType<T>) => ask(game, gameInterface, name, [], shape);
      const [challengeFee, challengeFeeBps, demandFee, demandDepositBps] = await Promise.all([
        term("challengeFee", uint),
        term("challengeFeeBps", uint),
        term("demandFee", uint),
        term("demandDepositBps", uint),
      ]);
      const [openPeriod, provePeriod, rewardPeriod, revealPeriod, maxOpenDemands] = await Promise.all([
        term("openPeriod", number),
        term("provePeriod", number),
        term("rewardPeriod", number),
        term("revealPeriod", number),
        term("maxOpenDemands", number),
      ]);
      const fees = { challengeFee, challengeFeeBps, demandFee, demandDepositBps };
      return { ...fees, openPeriod, provePeriod, rewardPeriod, revealPeriod, maxOpenDemands };
    },
    async readJob(job) {
      const tuple = [job.id, job.version, job.input, job.terms, job.claim, job.output];
      const data = jobsInterface.encodeFunctionData("read", [tuple]);
      const reply = await rpc.call("eth_call", [{ to: jobs, data }, tag()], schema.bytes).catch((error: unknown) => {
        if (!(error instanceof RpcFault)) throw error;
        throw transientError("CHAIN_VIEW", `read: ${refusalOf(error).error}`);
      });
      if (reply === "0x") throw transientError("CHAIN_NO_STATE", `${rpc.name} answered read at ${jobs} with nothing`);
      const [status, finalizesAt] = jobsInterface.decodeFunctionResult("read", reply).toArray() as [bigint, bigint];
      return { status: JOB_STATUS[Number(status)] ?? "None", finalizesAt: Number(finalizesAt) };
    },
    nonceOf: (requester) => ask(jobs, jobsInterface, "nonceOf", [requester], uint),
    nativeBalance: (account) => plain("eth_getBalance", [account, "latest"], schema.big),
    async gasPrice() {
      const { base, tip } = await readMarket(rpc);
      return 2n * base + tip;
    },
    // INVARIANT: of the same block as the views, so that a claim is mined for both or for neither.
    transactionCount: (account) => plain("eth_getTransactionCount", [account, tag()], schema.small),
    async blockSeconds() {
      const { number, timestamp } = await readHead(rpc);
      const count = Math.min(PACE_BLOCKS, number);
      const earlier = count === 0 ? null : await readHeader(rpc, number - count);
      return earlier === null ? 0 : (timestamp - earlier.timestamp) / count;
    },
    maxOutputBytes: () => ask(jobs, jobsInterface, "maxOutputBytes", [], uint.transform(Number)),
    tokenBalance: (account) => ask(opg, tokenInterface, "balanceOf", [account], uint),
    allowance: (owner, spender) => ask(opg, tokenInterface, "allowance", [owner, spender], uint),
    ledgerBalance: (ledger, account) => ask(ledger, jobsInterface, "balanceOf", [account], uint),
    creditOf: (account) => ask(stakes, stakesInterface, "creditOf", [account], uint),
    committedAt: (commitment) => ask(game, gameInterface, "committedAt", [commitment], number),
    async modelsOf(account) {
      const { number } = await readHead(rpc);
      const topics = [modelsInterface.getEvent("Transfer")!.topicHash, null, wordOf(account)];
      const logs = await readLogs(rpc, { address: [models], topics }, deployment.startBlock, number);
      const ids = [...new Set(logs.map((log) => BigInt(log.topics[3])))];
      const found = await Promise.all(ids.map((id) => reader.model(id)));
      return found.filter(({ owner }) => owner === account);
    },
    shareOf: (id) => ask(jobs, jobsInterface, "shareOf", [id], uint),
    async jobsOf(account) {
      const { number } = await readHead(rpc);
      const logs = [];
      for (const topics of [[JOB_TOPICS, null, wordOf(account)], [JOB_TOPICS, null, null, wordOf(account)]]) {
        logs.push(...(await readLogs(rpc, { address: [jobs, game], topics }, deployment.startBlock, number)));
      }
      logs.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
      return [...new Set(logs.map((log) => BigInt(log.topics[1])))];
    },
    async jobHistory(id) {
      const head = await readHead(rpc);
      const topic = wordOf(quantity(id));
      const filter = { address: [jobs, game], topics: [JOB_TOPICS, topic] };
      const logs = await readLogs(rpc, filter, deployment.startBlock, head.number);
      return logs.map((log) => decodeJobLog(deployment, log)?.event).filter((event): event is JobEvent => event !== undefined);
    },
    async simulate(call, from) {
      const params = { from, to: call.to, data: call.data, value: quantity(call.value) };
      const run = async (at: Hex | "pending" | "latest"): Promise<Simulation> => {
        try {
          return { ok: true, result: await rpc.agreed("eth_call", [params, at], schema.bytes) };
        } catch (error) {
          if (!(error instanceof RpcFault) || error.answer !== "reverted") throw error;
          return { ok: false, ...refusalOf(error) };
        }
      };
      const ahead = await pendingOrLatest(rpc, run).catch((error: unknown) => {
        throw error instanceof RpcFault ? transientError("RPC_FAULT", `the node could not run a call: ${error.message}`) : error;
      });
      if (ahead.ok || asOf === undefined) return ahead;
      // INVARIANT: a refusal is believed only of a state that is known to be as new as what was read.
      const known = await run(tag()).catch((error: unknown) => {
        throw error instanceof RpcFault ? transientError("RPC_FAULT", `the node could not run a call: ${error.message}`) : error;
      });
      return known.ok ? { ...ahead, doubtful: true } : ahead;
    },
    rehearse: (calls, from) => rehearse(rpc, reader, calls, from),
    async limits() {
      const limit = (name: string) => ask(jobs, jobsInterface, name, [], number);
      const [maxWindow, maxServePeriod, maxInputBytes, maxOutputBytes, maxCallbackGas, maxShareBps] = await Promise.all([
        limit("maxWindow"),
        limit("maxServePeriod"),
        limit("maxInputBytes"),
        limit("maxOutputBytes"),
        limit("maxCallbackGas"),
        ask(models, modelsInterface, "MAX_SHARE_BPS", [], number),
      ]);
      return { maxWindow, maxServePeriod, maxInputBytes, maxOutputBytes, maxCallbackGas, maxShareBps };
    },
  };
  return reader;
}
