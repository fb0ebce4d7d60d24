import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BrowserProvider, type JsonRpcApiProvider } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { root } from "../../oracle/certify/artifacts.ts";

/** A development chain: blocks come on demand, and everybody is given coins. */
export interface Devnet {
  readonly url: string;
  readonly provider: JsonRpcApiProvider;
  /** Lets the chain's clock run ahead and mines a block. */
  pass(seconds: number): Promise<void>;
  /** Settles when the chain ended although nobody closed it. */
  readonly gone: Promise<void>;
  close(): Promise<void>;
}

export const ANVIL = (() => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/package.json"));
    const binary = join(folder, "bin", "anvil");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
})();

/** Starts on the given port, or on one that is free. */
export type StartChain = (port?: number) => Promise<Devnet>;

export const startAnvil: StartChain | undefined = ANVIL === undefined ? undefined : (port) => runAnvil(ANVIL, port);

/** The nodes that end-to-end stories are told on. */
export const DEVNETS: readonly { readonly name: string; readonly start: StartChain }[] = [
  { name: "Hardhat's node", start: startHardhat },
  ...(startAnvil === undefined ? [] : [{ name: "anvil", start: startAnvil }]),
];

/** Hardhat's own node, in this process. */
export async function startHardhat(port = 0): Promise<Devnet> {
  const hre = await createHardhatRuntimeEnvironment(
    {
      // Without the build's own records beside it, the chain starts at once instead of reading them for stack traces.
      paths: { artifacts: join(root, "artifacts", "none") },
      networks: { default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" } },
    },
    {},
    root,
  );
  const server = await hre.network.createServer("default", "127.0.0.1", port);
  const bound = await server.listen();
  return attach(`http://127.0.0.1:${bound.port}`, new Promise(() => undefined), () => server.close());
}

/** Rationale: the shell ends the program when its input is closed, which the kernel does however this process ends. */
const TIED = 'exec 3<&0; "$@" 3<&- & program=$!; (read -r line <&3; kill "$program") & wait "$program"';

async function runAnvil(binary: string, wanted?: number): Promise<Devnet> {
  const port = wanted ?? (await freePort());
  const argv = ["--port", String(port), "--hardfork", "osaka", "--silent"];
  // In a group of its own, for whoever presses Ctrl-C means this process, which ends the chain last.
  const child = spawn("sh", ["-c", TIED, "sh", binary, ...argv], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const end = async () => {
    child.stdin.end();
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt++) {
    const up = await fetch(url, { method: "POST", body: "{}" }).then(() => true, () => false);
    if (up) break;
    if (attempt > 200 || child.exitCode !== null) {
      await end();
      throw new Error("anvil did not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return attach(url, ended, end);
}

/** Asking for anything else twice does no harm. */
const CHANGES = /^(eth_send|evm_|anvil_|hardhat_)/;
const TRIES = 5;

/** What the node answers. A busy one closes a connection at the moment at which it is asked over it: what changes nothing is asked again. */
async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  for (let left = CHANGES.test(method) ? 1 : TRIES; ; left--) {
    let answer: { result?: unknown; error?: { code: number; message: string; data?: unknown } };
    try {
      const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
      answer = (await response.json()) as typeof answer;
    } catch (error) {
      if (left === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    if (answer.error === undefined) return answer.result;
    throw Object.assign(new Error(answer.error.message), answer.error);
  }
}

function attach(url: string, gone: Promise<void>, stop: () => Promise<void>): Devnet {
  // Every question is asked of the node, and blocks are looked for as often as they come.
  const provider = new BrowserProvider({ request: ({ method, params = [] }) => ask(url, method, params as readonly unknown[]) }, undefined, { cacheTimeout: -1, pollingInterval: 50 });
  return {
    url,
    provider,
    gone,
    async pass(seconds) {
      await provider.send("evm_increaseTime", [seconds]);
      await provider.send("evm_mine", []);
    },
    async close() {
      provider.destroy();
      await stop();
    },
  };
}

export const freePort = (): Promise<number> => listenOnce(0);

/** Whether somebody listens on a port of this machine. */
export const isTaken = (port: number): Promise<boolean> => listenOnce(port).then(() => false, () => true);

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
