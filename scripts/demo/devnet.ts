import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { NetworkConnection } from "hardhat/types/network";
import { network } from "hardhat";

export interface Devnet {
  readonly url: string;
  readonly connection: NetworkConnection;
  /** Lets the chain's clock run ahead and mines a block. */
  pass(seconds: number): Promise<void>;
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

/** The nodes that end-to-end stories are told on. */
export const DEVNETS: readonly { readonly name: string; readonly start: () => Promise<Devnet> }[] = [
  { name: "Hardhat's node", start: startHardhat },
  ...(ANVIL === undefined ? [] : [{ name: "anvil", start: () => startAnvil(ANVIL) }]),
];
if (ANVIL === undefined) console.log("end to end: anvil is not tested, for it is not installed on this platform");

/** Hardhat's own node. */
export async function startHardhat(): Promise<Devnet> {
  const server = await network.createServer("default", "127.0.0.1");
  const { port } = await server.listen();
  return attach(`http://127.0.0.1:${port}`, () => server.close());
}

async function startAnvil(binary: string): Promise<Devnet> {
  const port = await freePort();
  const child = spawn(binary, ["--port", String(port), "--hardfork", "osaka", "--silent"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt++) {
    const up = await fetch(url, { method: "POST", body: "{}" }).then(() => true, () => false);
    if (up) break;
    if (attempt > 100) throw new Error("anvil did not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return attach(url, () => {
    child.kill();
    return Promise.resolve();
  });
}

async function attach(url: string, stop: () => Promise<void>): Promise<Devnet> {
  const connection = await network.create({ network: "local", override: { url } });
  const { provider } = connection;
  return {
    url,
    connection,
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
