import { createContext, use } from "react";
import { historyOverHttp } from "../../sdk/history/http.ts";
import type { History } from "../../sdk/history/history.ts";
import type { EthersClient } from "../../sdk/index.ts";
import { emittersIn } from "./node.ts";
import { Fault } from "./fault.ts";
import { readConfig, type ExplorerConfig } from "./config.ts";

/** The deployment that the page shows, and how it reads of it. */
export interface Site {
  readonly config: ExplorerConfig;
  readonly history: History;
  /** Whether an index answers, or the chain's own logs do. */
  readonly via: "index" | "chain";
  /** The kit over the configured node, which only reads. Loaded when it is first asked for. */
  readonly client: () => Promise<EthersClient>;
}

const SiteContext = createContext<Site | undefined>(undefined);
export const SiteProvider = SiteContext.Provider;

export function useSite(): Site {
  const site = use(SiteContext);
  if (site === undefined) throw new Error("no site is open");
  return site;
}

/** Milliseconds for an index's first answer, and for an answer of a node. */
const INDEX_PATIENCE = 8_000;
const NODE_PATIENCE = 30_000;

/** Opens the site that `explorer.json` names. An index that does not answer, or tells of another deployment, is done without. */
export async function openSite(onProgress: (done: number, all: number) => void): Promise<Site> {
  const config = await readConfig();
  let opened: Promise<EthersClient> | undefined;
  const client = (): Promise<EthersClient> =>
    (opened ??= connectTo(config).catch((error: unknown) => {
      // Whoever asks again tries again.
      opened = undefined;
      throw error;
    }));
  const overHttp = config.indexUrl === undefined ? undefined : historyOverHttp(config.indexUrl);
  if (overHttp !== undefined && (await isIndexOf(config, overHttp))) return { config, history: overHttp, via: "index", client };
  const [{ historyFromChain }, connected] = await Promise.all([import("../../sdk/history/chain.ts"), client()]);
  return { config, history: historyFromChain(connected, { onProgress }), via: "chain", client };
}

/** Whether an index answers in time, and of this deployment as far as can be told. */
function isIndexOf(config: ExplorerConfig, history: History): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), INDEX_PATIENCE));
  return Promise.race([late, tellsOf(config, history).catch(() => false)]);
}

/** An index has no word of which deployment it follows; but the transaction of its first event has to have logs of the deployment's contracts. */
async function tellsOf({ rpcUrl, deployment }: ExplorerConfig, history: History): Promise<boolean> {
  const [, { items }] = await Promise.all([history.overview(), history.events({}, { limit: 1 })]);
  const transaction = items[0]?.transaction ?? undefined;
  // A node that does not answer, or has forgotten the transaction, tells nothing against the index.
  const emitters = transaction && (await emittersIn(rpcUrl, transaction).catch(() => undefined));
  const contracts = Object.values(deployment).map((value) => String(value).toLowerCase());
  return emitters === undefined || emitters.some((emitter) => contracts.includes(emitter));
}

async function connectTo({ rpcUrl, deployment }: ExplorerConfig): Promise<EthersClient> {
  const [{ FetchRequest, JsonRpcProvider }, { connect }] = await Promise.all([import("ethers"), import("../../sdk/index.ts")]);
  const request = new FetchRequest(rpcUrl);
  request.timeout = NODE_PATIENCE;
  const provider = new JsonRpcProvider(request, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 });
  const chainId = Number(await provider.send("eth_chainId", []).catch((cause: unknown) => {
    throw new Fault(`the node at ${rpcUrl} does not answer`, "try again later; whoever serves this page names the node in explorer.json", cause);
  }));
  if (chainId !== deployment.chainId) throw new Fault(`the node at ${rpcUrl} is on chain ${chainId}, the deployment on chain ${deployment.chainId}`, "whoever serves this page has to name another node in explorer.json");
  return connect(provider, { deployment });
}
