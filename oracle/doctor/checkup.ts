import type { LoadedConfig } from "../config/load.ts";
import type { KeySources } from "../config/keys.ts";
import { fail, ok, warn } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import { OpgError } from "../../core/errors.ts";
import { connect } from "../connect.ts";
import { within } from "../telemetry/shared.ts";
import { checkBalances, checkVersions } from "./account.ts";
import { checkApi } from "./api.ts";
import { check, type Roles } from "./context.ts";
import { checkDeployment } from "./deployment.ts";
import { checkKey } from "./key.ts";
import { checkDisk, checkRuntime, checkStore } from "./machine.ts";
import { checkNodes, wantedChain } from "./node.ts";

const PATIENCE_MS = 30_000;

export interface Examination {
  readonly load: () => LoadedConfig;
  readonly keys: KeySources;
  readonly roles: Roles;
  /** Without the self-test of the runtime. */
  readonly quick: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

/** Makes every check that can be made, and hands each finding on as it comes. */
export async function examine({ load, keys, roles, quick, onProgress }: Examination, tell: (finding: Finding) => void): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  const take = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      all.push(finding);
      tell(finding);
    }
  };
  let loaded: LoadedConfig | undefined;
  try {
    loaded = load();
    take([configFinding(loaded)]);
  } catch (error) {
    take(configFindings(error));
  }
  if (loaded !== undefined) {
    const { config } = loaded;
    const key = await checkKey(config, keys, roles.operator || roles.watcher);
    take(key.findings);
    const connecting = within(PATIENCE_MS, connect(config));
    const connection = await connecting.catch(() => undefined);
    take(await check("nodes", () => checkNodes(config, connection?.reader.deployment, wantedChain(config))));
    if (connection === undefined) take(await check("deployment", () => connecting.then(() => [], unlessOfNodes)));
    else {
      take(await check("deployment", () => checkDeployment(connection)));
      take(await check("versions", () => checkVersions(connection, config, roles)));
      const { address } = key;
      if (address !== undefined) take(await check("balances", () => checkBalances(connection, config, address, roles)));
    }
    take(await check("api", () => checkApi(config, roles)));
    take(await check("disk", () => checkDisk(config)));
    take(await check("store", () => checkStore(config, connection)));
  }
  if (!quick) take(await check("runtime", () => checkRuntime(onProgress)));
  return all;
}

function configFinding({ file, devnet }: LoadedConfig): Finding {
  if (file !== undefined) return ok("config", `${file} is in order`);
  if (devnet !== undefined) return ok("config", "no configuration file, and a devnet runs in this folder: that is the network");
  return warn("config", "no configuration file: every setting has its default, or comes from the environment", "make one with: opg config init");
}

/** What is wrong with a node was told of that node. */
function unlessOfNodes(error: unknown): readonly Finding[] {
  if (error instanceof OpgError && (error.code.startsWith("RPC_") || error.code === "CHAIN_OTHER")) return [];
  throw error;
}

/** All that is wrong with a configuration, each with its way out. */
function configFindings(error: unknown): readonly Finding[] {
  if (!(error instanceof OpgError)) throw error;
  const faults = (error.details.faults ?? []) as { path: string; problem: string; fix: string }[];
  if (faults.length === 0) return [fail("config", error.message, error.fix ?? "correct it")];
  return faults.map(({ path, problem, fix }) => fail("config", `${path} ${problem}`, fix));
}
