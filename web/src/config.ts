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

/** Milliseconds for the file. */
const PATIENCE = 30_000;
const CONTRACTS = ["opg", "verifier", "models", "stakes", "game", "jobs", "lens"] as const;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** Reads the configuration that stands beside the page. */
export async function readConfig(): Promise<ExplorerConfig> {
  const url = new URL("./explorer.json", document.baseURI).href;
  const response = await fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) }).catch((cause: unknown) => {
    throw new Fault(`${url} cannot be read`, "see whether the page's server runs, then load the page again", cause);
  });
  const given: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  if (given === undefined) throw new Fault(`${url} does not say which deployment to show`, "put an explorer.json with `deployment` and `rpcUrl` beside this page (docs/explorer.md)");
  return configIn(given, document.baseURI);
}

/** A configuration, with every address made absolute. Throws a Fault that names the field that is wrong. @param base address of the page */
export function configIn(given: unknown, base: string): ExplorerConfig {
  const { name = "OpenGradient Optimistic", deployment, rpcUrl, indexUrl, devnet } = recordAt("explorer.json", given);
  if (typeof name !== "string") throw refusal("name", "is no text");
  return {
    name,
    deployment: deploymentIn(recordAt("deployment", deployment)),
    rpcUrl: addressAt("rpcUrl", rpcUrl, base),
    ...(indexUrl !== undefined && { indexUrl: addressAt("indexUrl", indexUrl, base) }),
    ...(devnet !== undefined && { devnet: devnetIn(recordAt("devnet", devnet), base) }),
  };
}

type Given = Readonly<Record<string, unknown>>;

const refusal = (field: string, fault: string): Fault => new Fault(`explorer.json, beside this page, is not right: ${field} ${fault}`, "write it as docs/explorer.md says");

function recordAt(field: string, value: unknown): Given {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refusal(field, "is missing, or no object");
  return value as Given;
}

function addressAt(field: string, value: unknown, base: string): string {
  const url = typeof value === "string" && URL.canParse(value, base) ? new URL(value, base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw refusal(field, "is no address that begins with http: or https:, or that is relative to the page");
  return url.href;
}

function deploymentIn(given: Given): DeploymentFile {
  for (const field of ["chainId", "block"]) if (!Number.isSafeInteger(given[field]) || (given[field] as number) < 0) throw refusal(`deployment.${field}`, "is no whole number");
  for (const field of CONTRACTS) if (!isAddress(given[field])) throw refusal(`deployment.${field}`, "is no address of a contract");
  return given as unknown as DeploymentFile;
}

function devnetIn({ control, accounts }: Given, base: string): NonNullable<ExplorerConfig["devnet"]> {
  if (!Array.isArray(accounts)) throw refusal("devnet.accounts", "is no list");
  const named = accounts.map((account: unknown) => {
    const { name, address } = recordAt("devnet.accounts", account);
    if (typeof name !== "string" || !isAddress(address)) throw refusal("devnet.accounts", "has one without `name` and `address`");
    return { name, address };
  });
  return { accounts: named, ...(control !== undefined && { control: addressAt("devnet.control", control, base) }) };
}

const isAddress = (value: unknown): value is string => typeof value === "string" && ADDRESS.test(value);
