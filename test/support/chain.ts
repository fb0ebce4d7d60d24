/**
 * The chain that tests put elements to: anvil where it is installed, else Hardhat's. Rationale: Hardhat's keeps a record of
 * every step that the EVM takes, which takes several times what the step takes, and gigabytes for a long judgement.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openJudge, PROTOCOL } from "../../oracle/certify/chainJudge.ts";
import { openHardhatChain } from "../../oracle/certify/hardhatChain.ts";
import type { Judge } from "../../oracle/certify/judge.ts";
import { BLOCK_GAS, chainOn, type LocalChain, type LocalNode, type OpenChain } from "../../oracle/certify/localChain.ts";
import { TRANSACTION_GAS } from "../../core/dispute/budget.ts";
import { ANVIL } from "../../scripts/devnet/chain.ts";

export const openChain: OpenChain = (needed, onBuild, callGas = TRANSACTION_GAS) =>
  ANVIL === undefined ? openHardhatChain(needed, onBuild, callGas) : openAnvilChain(ANVIL, callGas);

/** The real game, on such a chain. */
export const openTestJudge = async (): Promise<Judge> => openJudge(await openChain(PROTOCOL, () => undefined));

async function openAnvilChain(binary: string, callGas: number): Promise<LocalChain> {
  const folder = mkdtempSync(join(tmpdir(), "opg-anvil-"));
  const pipe = join(folder, "anvil.ipc");
  const limits = ["--gas-limit", String(Math.max(BLOCK_GAS, callGas)), ...(callGas > TRANSACTION_GAS ? [] : ["--enable-tx-gas-limit"])];
  const child = spawn(binary, ["--port", "0", "--ipc", pipe, "--hardfork", "osaka", "--silent", "--no-mining", "--prune-history", "8", "--threads", "1", ...limits], { stdio: "ignore" });
  const stop = (): void => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", stop);
  // Tests may end while it runs.
  child.unref();
  const socket = await connected(pipe);
  const request = asking(socket);
  const node: LocalNode = {
    request,
    async mine(transaction) {
      const hash = (await request("eth_sendTransaction", transaction)) as string;
      await request("evm_mine");
      const { status } = (await request("eth_getTransactionReceipt", hash)) as { status: string };
      return { hash, revert: status === "0x1" ? undefined : ((await request("ots_getTransactionError", hash)) as string) };
    },
    close() {
      process.off("exit", stop);
      socket.destroy();
      stop();
      return Promise.resolve();
    },
  };
  return chainOn(node, callGas);
}

async function connected(pipe: string): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(pipe);
    const up = await new Promise<boolean>((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)));
    if (up) return socket;
    if (attempt > 500) throw new Error("anvil did not start");
    await delay(20);
  }
}

/** One question after the other: each answer is a JSON object, and the next begins when it is whole. */
function asking(socket: Socket): LocalNode["request"] {
  let last: Promise<unknown> = Promise.resolve();
  let id = 0;
  const ask = (method: string, params: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      const heard = (part: Buffer): void => {
        parts.push(part);
        const text = Buffer.concat(parts).toString().trimEnd();
        if (!text.endsWith("}")) return;
        const answer = parsed(text);
        if (answer === undefined) return;
        socket.off("data", heard);
        socket.unref();
        if (answer.error === undefined) resolve(answer.result);
        else reject(new Error(`${method}: ${JSON.stringify(answer.error)}`));
      };
      socket.ref();
      socket.on("data", heard);
      socket.write(JSON.stringify({ jsonrpc: "2.0", id: id++, method, params }));
    });
  return (method, ...params) => {
    const asked = last.then(() => ask(method, params));
    last = asked.catch(() => undefined);
    return asked;
  };
}

function parsed(text: string): { result?: unknown; error?: unknown } | undefined {
  try {
    return JSON.parse(text) as { result?: unknown; error?: unknown };
  } catch {
    return undefined;
  }
}
