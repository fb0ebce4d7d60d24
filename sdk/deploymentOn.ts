import type { Chain } from "./chain/port.ts";
import { OpgError } from "./errors.ts";
import { deployments, type Deployment } from "./publicDeployments.ts";

/** Addresses as a deployment file has them, in whatever case. */
export type DeploymentFile = { readonly [K in keyof Deployment]: Deployment[K] extends number ? number : string };

export interface Place {
  /** The chain that must be spoken with; that of the connection by default. */
  readonly chainId?: number;
  /** The contracts to use; by default the public ones on the chain. */
  readonly deployment?: DeploymentFile;
}

const ADDRESSES = ["opg", "verifier", "models", "stakes", "game", "jobs", "lens"] as const;

/** The contracts to use, with addresses in lower case. Throws if they are not of the chain. */
export async function deploymentOn(chain: Chain, { chainId, deployment }: Place): Promise<Deployment> {
  const actual = await chain.chainId();
  const found = deployment ?? deployments[chainId ?? actual];
  if (found === undefined) {
    const fix = "give the addresses as `deployment`: deployments/NAME.json of whoever deployed, or what opg devnet prints";
    throw new OpgError("DEPLOYMENT", `no public deployment is known on chain ${chainId ?? actual}`, fix);
  }
  const expected = chainId ?? found.chainId;
  if (expected !== actual || found.chainId !== actual) {
    throw new OpgError("DEPLOYMENT", `the deployment is on chain ${found.chainId}, asked for is chain ${expected}, and the node is on chain ${actual}`, "connect to a node of the same chain");
  }
  const wrong = ADDRESSES.filter((name) => !/^0x[0-9a-fA-F]{40}$/.test(found[name] ?? ""));
  if (wrong.length > 0) throw new OpgError("DEPLOYMENT", `the deployment has no address of ${wrong.join(", ")}`, "take the file of one deployment as it was written");
  const addresses = Object.fromEntries(ADDRESSES.map((name) => [name, found[name].toLowerCase()]));
  return { chainId: actual, block: found.block, ...addresses } as Deployment;
}
