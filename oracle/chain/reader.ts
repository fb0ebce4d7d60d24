import type { Interface } from "ethers";
import { z } from "zod";
import { inputError, refusedError, transientError } from "../core/errors.ts";
import type { JobEvent } from "../core/jobs/events.ts";
import { JOB_STATUS } from "../core/jobs/job.ts";
import type { Hex } from "../core/hex.ts";
import type { ChainHead, ChainReader, Deployment } from "../ports.ts";
import { describeRevert, gameInterface, jobsInterface, modelsInterface, stakesInterface, tokenInterface } from "./contracts.ts";
import { decodeJobLog, JOB_TOPICS } from "./logs.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import { readJudge } from "./verifiers.ts";
import type { Header, Log } from "./schemas.ts";

export async function readHeader(rpc: JsonRpc, tag: number | "latest"): Promise<Header | null> {
  const block = tag === "latest" ? tag : quantity(tag);
  return rpc.call("eth_getBlockByNumber", [block, false], schema.header.nullable());
}

export async function readHead(rpc: JsonRpc): Promise<ChainHead> {
  const latest = await readHeader(rpc, "latest");
  if (latest === null) throw refusedError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
  const pending = await rpc
    .call("eth_getBlockByNumber", ["pending", false], schema.pendingHeader.nullable())
    .catch((error: unknown) => {
      if (error instanceof RpcFault) return null; // a node that shows no pending block
      throw error;
    });
  const { number, hash, timestamp } = latest;
  return { number, hash, timestamp, next: Math.max(timestamp + 1, pending?.timestamp ?? 0) };
}

/** Logs of a stretch of blocks, asked for in halves where the node finds it too much at once. */
export async function readLogs(rpc: JsonRpc, filter: { address: readonly Hex[]; topics: readonly unknown[] }, from: number, to: number): Promise<Log[]> {
  try {
    const params = { ...filter, fromBlock: quantity(from), toBlock: quantity(to) };
    return await rpc.call("eth_getLogs", [params], z.array(schema.log));
  } catch (error) {
    if (!(error instanceof RpcFault) || from === to) throw error;
    const middle = Math.floor((from + to) / 2);
    return [...(await readLogs(rpc, filter, from, middle)), ...(await readLogs(rpc, filter, middle + 1, to))];
  }
}

/** What the EVM objected to. An error of the node itself is no objection: it is thrown on, to be tried again. */
export function refusalOf(fault: RpcFault): string {
  if (fault.revert !== undefined) return describeRevert(fault.revert);
  if (fault.code === 3 || /revert|out of gas|invalid opcode|gas required exceeds/i.test(fault.message)) return fault.message;
  throw transientError("RPC_FAULT", `the node could not run ${fault.method}: ${fault.message}`);
}

export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;

/** Calls a view and hands its decoded values to a schema. */
async function view<T>(rpc: JsonRpc, to: Hex, contract: Interface, name: string, values: readonly unknown[], shape: z.ZodType<T>): Promise<T> {
  const data = contract.encodeFunctionData(name, values);
  let reply: Hex;
  try {
    reply = await rpc.call("eth_call", [{ to, data }, "latest"], schema.bytes);
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    throw refusedError("CHAIN_VIEW", `${name}: ${refusalOf(error)}`);
  }
  if (reply === "0x") {
    throw inputError("CHAIN_NO_CONTRACT", `there is no contract of this project at ${to} (asked for ${name})`, {
      fix: "check network.rpcUrl and network.deployment: they must belong together",
    });
  }
  const decoded: unknown = contract.decodeFunctionResult(name, reply).toArray(true);
  const parsed = z.tuple([shape]).safeParse(decoded);
  if (!parsed.success) throw refusedError("CHAIN_VIEW", `${name} at ${to} answered in an unknown shape`);
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
  const chainId = await rpc.call("eth_chainId", [], schema.small);
  if (chainId !== deployment.chainId) {
    const problem = `${file} is for chain ${deployment.chainId}, but ${rpc.name} is chain ${chainId}`;
    throw inputError("CHAIN_OTHER", problem, { fix: "set network.rpcUrl and network.deployment to the same chain" });
  }
  for (const name of ["opg", "models", "stakes", "game"] as const) {
    const actual = await view(rpc, deployment.jobs, jobsInterface, name, [], lower);
    if (actual === deployment[name]) continue;
    throw inputError("DEPLOYMENT_MIXED", `${file} says ${name} is ${deployment[name]}, its jobs registry says ${actual}`, {
      fix: "take the file of one deployment as it was written",
    });
  }
  return { ...deployment, startBlock: block };
}

/** Of nodes that name none. */
const USUAL_TIP = 1_000_000_000n;
/** Blocks over which the time between them is taken. */
const PACE_BLOCKS = 64;

export function createReader(rpc: JsonRpc, deployment: Deployment): ChainReader {
  const { jobs, game, models, stakes, opg } = deployment;
  /** That a node cannot say it now does not mean that it never can. */
  const ask = <T>(method: string, params: readonly unknown[], shape: z.ZodType<T>) =>
    rpc.call(method, params, shape).catch((error: unknown) => {
      if (error instanceof RpcFault) throw transientError("RPC_FAULT", `the node does not answer ${method}: ${error.message}`);
      throw error;
    });
  const reader: ChainReader = {
    deployment,
    head: () => readHead(rpc),
    async blockHash(number) {
      const block = await readHeader(rpc, number);
      if (block === null) throw refusedError("CHAIN_NO_BLOCK", `${rpc.name} has no block ${number}`);
      return block.hash;
    },
    async minedIn(hash) {
      return (await rpc.call("eth_getTransactionReceipt", [hash], schema.receipt.nullable()))?.blockNumber;
    },
    async outcome(hash) {
      const receipt = await rpc.call("eth_getTransactionReceipt", [hash], schema.receipt.nullable());
      const jobIds: bigint[] = [];
      const modelIds: bigint[] = [];
      const versions: Hex[] = [];
      for (const log of receipt?.logs ?? []) {
        const decoded = decodeJobLog(deployment, log);
        if (decoded?.event.type.startsWith("JobRequested") === true) jobIds.push(decoded.id);
        if (log.address !== models) continue;
        const parsed = modelsInterface.parseLog(log);
        if (parsed?.name === "ModelCreated") modelIds.push(parsed.args.modelId as bigint);
        if (parsed?.name === "VersionPublished") versions.push(parsed.args.version as Hex);
      }
      return { jobs: jobIds, models: modelIds, versions };
    },
    version: (id) => view(rpc, models, modelsInterface, "versionOf", [id], version),
    judge: (verifier) => readJudge(rpc, verifier),
    quote: (id) => view(rpc, jobs, jobsInterface, "quote", [id], quote),
    async offerState(id) {
      const offer = await view(rpc, models, modelsInterface, "offerOf", [id], uint);
      return (["unknown", "published", "deprecated"] as const)[Number(offer & 0xffffffn)] ?? "unknown";
    },
    async model(modelId) {
      const [owner, uri, versions] = await Promise.all([
        view(rpc, models, modelsInterface, "ownerOf", [modelId], lower),
        view(rpc, models, modelsInterface, "tokenURI", [modelId], z.string()),
        view(rpc, models, modelsInterface, "versionsOf", [modelId], z.array(lower)),
      ]);
      return { modelId, owner, uri, versions };
    },
    modelCount: () => view(rpc, models, modelsInterface, "modelCount", [], uint),
    async bond(operator) {
      const [held, lockable, locked] = await Promise.all([
        view(rpc, stakes, stakesInterface, "bondOf", [operator, jobs], bond),
        view(rpc, stakes, stakesInterface, "lockableOf", [operator, jobs], uint),
        view(rpc, jobs, jobsInterface, "lockedOf", [operator], uint),
      ]);
      return { ...held, locked, free: lockable > locked ? lockable - locked : 0n };
    },
    async gameTerms() {
      const ask = <T>(name: string, shape: z.ZodType<T>) => view(rpc, game, gameInterface, name, [], shape);
      const [challengeFee, challengeFeeBps, demandFee, demandDepositBps] = await Promise.all([
        ask("challengeFee", uint),
        ask("challengeFeeBps", uint),
        ask("demandFee", uint),
        ask("demandDepositBps", uint),
      ]);
      const [openPeriod, provePeriod, rewardPeriod, revealPeriod, maxOpenDemands] = await Promise.all([
        ask("openPeriod", number),
        ask("provePeriod", number),
        ask("rewardPeriod", number),
        ask("revealPeriod", number),
        ask("maxOpenDemands", number),
      ]);
      const fees = { challengeFee, challengeFeeBps, demandFee, demandDepositBps };
      return { ...fees, openPeriod, provePeriod, rewardPeriod, revealPeriod, maxOpenDemands };
    },
    async readJob(job) {
      const tuple = [job.id, job.version, job.input, job.terms, job.claim, job.output];
      const data = jobsInterface.encodeFunctionData("read", [tuple]);
      const outcome = await reader.simulate({ to: jobs, data: data as Hex, value: 0n }, jobs);
      if (!outcome.ok) throw refusedError("CHAIN_VIEW", `read: ${outcome.error}`);
      const [status, finalizesAt] = jobsInterface.decodeFunctionResult("read", outcome.result).toArray() as [bigint, bigint];
      return { status: JOB_STATUS[Number(status)] ?? "None", finalizesAt: Number(finalizesAt) };
    },
    nonceOf: (requester) => view(rpc, jobs, jobsInterface, "nonceOf", [requester], uint),
    nativeBalance: (account) => ask("eth_getBalance", [account, "latest"], schema.big),
    async gasPrice() {
      const [latest, tip] = await Promise.all([
        readHeader(rpc, "latest"),
        ask("eth_maxPriorityFeePerGas", [], schema.big).catch(() => USUAL_TIP),
      ]);
      return 2n * (latest?.baseFeePerGas ?? 0n) + tip;
    },
    transactionCount: (account) => ask("eth_getTransactionCount", [account, "latest"], schema.small),
    async blockSeconds() {
      const { number, timestamp } = await readHead(rpc);
      const count = Math.min(PACE_BLOCKS, number);
      const earlier = count === 0 ? null : await readHeader(rpc, number - count);
      return earlier === null ? 0 : (timestamp - earlier.timestamp) / count;
    },
    maxOutputBytes: () => view(rpc, jobs, jobsInterface, "maxOutputBytes", [], uint.transform(Number)),
    tokenBalance: (account) => view(rpc, opg, tokenInterface, "balanceOf", [account], uint),
    allowance: (owner, spender) => view(rpc, opg, tokenInterface, "allowance", [owner, spender], uint),
    ledgerBalance: (ledger, account) => view(rpc, ledger, jobsInterface, "balanceOf", [account], uint),
    creditOf: (account) => view(rpc, stakes, stakesInterface, "creditOf", [account], uint),
    committedAt: (commitment) => view(rpc, game, gameInterface, "committedAt", [commitment], number),
    async jobHistory(id) {
      const head = await readHead(rpc);
      const topic = `0x${id.toString(16).padStart(64, "0")}` as Hex;
      const filter = { address: [jobs, game], topics: [JOB_TOPICS, topic] };
      const logs = await readLogs(rpc, filter, deployment.startBlock, head.number);
      return logs.map((log) => decodeJobLog(deployment, log)?.event).filter((event): event is JobEvent => event !== undefined);
    },
    async simulate(call, from) {
      const params = { from, to: call.to, data: call.data, value: quantity(call.value) };
      try {
        return { ok: true, result: await rpc.call("eth_call", [params, "pending"], schema.bytes) };
      } catch (error) {
        if (!(error instanceof RpcFault)) throw error;
        return { ok: false, error: refusalOf(error) };
      }
    },
  };
  return reader;
}
