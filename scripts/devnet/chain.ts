import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { NetworkConnection } from "hardhat/types/network";

// The project's own configuration and contracts, from whatever folder this is started.
process.env.HARDHAT_CONFIG ??= join(import.meta.dirname, "..", "..", "hardhat.config.ts");
const { network } = await import("hardhat");

/** A development chain: blocks come on demand, and everybody is given coins. */
export interface Devnet {
  readonly url: string;
  readonly connection: NetworkConnection;
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
  const server = await network.createServer("default", "127.0.0.1", port);
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

/** A busy node closes a connection at the moment at which it is asked over it. */
async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await ask();
    } catch (error) {
      const isCut = error instanceof Error && /^Failed to make POST request/.test(error.message);
      if (!isCut || left === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function attach(url: string, gone: Promise<void>, stop: () => Promise<void>): Promise<Devnet> {
  const connection = await network.create({ network: "local", override: { url } });
  const { provider } = connection;
  const request = provider.request.bind(provider);
  provider.request = (asked) => (CHANGES.test(asked.method) ? request(asked) : again(() => request(asked)));
  return {
    url,
    connection,
    gone,
    async pass(seconds) {
      await provider.request({ method: "evm_increaseTime", params: [seconds] });
      await provider.request({ method: "evm_mine", params: [] });
    },
    async close() {
      await connection.close();
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
