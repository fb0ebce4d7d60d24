import type { z } from "zod";
import { transientError } from "../../core/errors.ts";
import { JOB_STATUS } from "../../core/jobs/job.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, ChainReader, Deployment, Simulation } from "../ports.ts";
import { quantity, readHead, readHeader, readReceipt, refusalOf } from "./blocks.ts";
import { jobsInterface } from "./contracts.ts";
import { readMarket } from "./fees.ts";
import { createHistories } from "./histories.ts";
import { pendingOrLatest } from "./pending.ts";
import { rehearse } from "./rehearsal.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import { readJudge, RELEASES } from "./verifiers.ts";
import { view } from "./view.ts";
import { gameViews, jobViews, modelViews, moneyViews, type Ask } from "./views.ts";

/** Blocks over which the time between them is taken. */
const PACE_BLOCKS = 64;

export function createReader(rpc: JsonRpc, deployment: Deployment): ChainReader {
  const { jobs } = deployment;
  // INVARIANT: once a block is known, no view is answered from before it: what a transaction changed there is seen.
  let asOf: number | undefined;
  const tag = (): Hex | "latest" => (asOf === undefined ? "latest" : quantity(asOf));
  const ask: Ask = (to, contract, name, values, shape) => view(rpc, tag(), to, contract, name, values, shape);
  const models = modelViews(ask, deployment);
  /** That a node cannot say it now does not mean that it never can. */
  const plain = <T>(method: string, params: readonly unknown[], shape: z.ZodType<T>) =>
    rpc.call(method, params, shape).catch((error: unknown) => {
      if (error instanceof RpcFault) throw transientError("RPC_FAULT", `the node does not answer ${method}: ${error.message}`);
      throw error;
    });
  const reader: ChainReader = {
    deployment,
    ...models,
    ...moneyViews(ask, deployment),
    ...gameViews(ask, deployment),
    ...jobViews(ask, deployment),
    ...createHistories(rpc, deployment, models.model),
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
    judge: (verifier) => readJudge(rpc, verifier, RELEASES, tag()),
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
    simulate: (call, from) => simulate(rpc, () => asOf, call, from),
    rehearse: (calls, from) => rehearse(rpc, reader, calls, from),
  };
  return reader;
}

/**
 * What a call would do in the next block.
 * @param asOf the block that views are answered at by then
 */
async function simulate(rpc: JsonRpc, asOf: () => number | undefined, call: Call, from: Hex): Promise<Simulation> {
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
  const seen = asOf();
  if (ahead.ok || seen === undefined) return ahead;
  // INVARIANT: a refusal is believed only of a state that is known to be as new as what was read.
  const known = await run(quantity(seen)).catch((error: unknown) => {
    throw error instanceof RpcFault ? transientError("RPC_FAULT", `the node could not run a call: ${error.message}`) : error;
  });
  return known.ok ? { ...ahead, doubtful: true } : ahead;
}
