import type { DeploymentFile } from "../../sdk/deploymentOn.ts";
import { Fault } from "./fault.ts";

/** What `explorer.json`, beside the page, says of the deployment that it shows. */
export interface ExplorerConfig {
  /** How people call the network. */
  readonly name: string;
  readonly deployment: DeploymentFile;
  /** A node of its chain that browsers may ask; relative to the page, or absolute. */
  readonly rpcUrl: string;
  /** A daemon that keeps an index, which it serves at `/v1` below this address; without one, the page reads the chain's logs itself. */
  readonly indexUrl?: string;
  /** Of a chain on this machine, whose node signs for its test accounts. */
  readonly devnet?: { readonly control?: string; readonly accounts: readonly DevnetAccount[] };
}

export interface DevnetAccount {
  readonly name: string;
  readonly address: string;
}

const absolute = (url: string): string => new URL(url, document.baseURI).href;

/** Reads the configuration, with every address made absolute. */
export async function readConfig(url = "./explorer.json"): Promise<ExplorerConfig> {
  const response = await fetch(absolute(url), { cache: "no-cache" }).catch(() => undefined);
  const given = response?.ok === true ? ((await response.json().catch(() => undefined)) as Partial<ExplorerConfig> | undefined) : undefined;
  if (typeof given?.rpcUrl !== "string" || typeof given.deployment !== "object") {
    throw new Fault(`${absolute(url)} does not say which deployment to show`, "put an explorer.json with `deployment` and `rpcUrl` beside this page (docs/explorer.md)");
  }
  const { name = "OpenGradient Optimistic", deployment, rpcUrl, indexUrl, devnet } = given;
  return {
    name,
    deployment,
    rpcUrl: absolute(rpcUrl),
    ...(indexUrl !== undefined && { indexUrl: absolute(indexUrl) }),
    ...(devnet !== undefined && { devnet: { ...devnet, ...(devnet.control !== undefined && { control: absolute(devnet.control) }) } }),
  };
}
