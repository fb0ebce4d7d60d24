import { createContext, use } from "react";
import { historyOverHttp } from "../../sdk/history/http.ts";
import type { History } from "../../sdk/history/history.ts";
import type { EthersClient } from "../../sdk/index.ts";
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

/** Opens the site that `explorer.json` names. An index that does not answer is done without. */
export async function openSite(onProgress: (done: number, all: number) => void): Promise<Site> {
  const config = await readConfig();
  let opened: Promise<EthersClient> | undefined;
  const client = (): Promise<EthersClient> => (opened ??= connectTo(config));
  const overHttp = config.indexUrl === undefined ? undefined : historyOverHttp(config.indexUrl);
  if (overHttp !== undefined && (await overHttp.overview().then(() => true, () => false))) return { config, history: overHttp, via: "index", client };
  const [{ historyFromChain }, connected] = await Promise.all([import("../../sdk/history/chain.ts"), client()]);
  return { config, history: historyFromChain(connected, { onProgress }), via: "chain", client };
}

async function connectTo({ rpcUrl, deployment }: ExplorerConfig): Promise<EthersClient> {
  const [{ JsonRpcProvider }, { connect }] = await Promise.all([import("ethers"), import("../../sdk/index.ts")]);
  return connect(new JsonRpcProvider(rpcUrl, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 }), { deployment });
}
