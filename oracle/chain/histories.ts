import { transientError } from "../../core/errors.ts";
import type { JobEvent } from "../../core/jobs/events.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, Deployment } from "../ports.ts";
import { quantity, readHead, readLogs, readReceipt, wordOf } from "./blocks.ts";
import { modelsInterface } from "./contracts.ts";
import { decodeJobLog, JOB_TOPICS } from "./logs.ts";
import type { JsonRpc } from "./rpc.ts";

/** What logs tell of accounts, jobs and transactions. */
export function createHistories(
  rpc: JsonRpc,
  deployment: Deployment,
  model: ChainReader["model"],
): Pick<ChainReader, "outcome" | "modelsOf" | "jobsOf" | "jobHistory"> {
  const { jobs, game, models } = deployment;
  return {
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
    async modelsOf(account) {
      const { number } = await readHead(rpc);
      const topics = [modelsInterface.getEvent("Transfer")!.topicHash, null, wordOf(account)];
      const logs = await readLogs(rpc, { address: [models], topics }, deployment.startBlock, number);
      const ids = [...new Set(logs.map((log) => BigInt(log.topics[3])))];
      const found = await Promise.all(ids.map((id) => model(id)));
      return found.filter(({ owner }) => owner === account);
    },
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
  };
}
