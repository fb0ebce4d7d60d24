import { Transaction } from "ethers";
import type { Wallet } from "ethers";
import { messageOf, refusedError, transientError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import type { Attempt, ChainReader, ChainSender, Clock, Outbox, OutboxEntry, Telemetry } from "../ports.ts";
import { quantity, readHeader, refusalOf } from "./reader.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

export interface SenderOptions {
  readonly confirmations: number;
  /** A transaction that is not mined after this long goes out again with a higher fee. */
  readonly replaceAfterMs: number;
  readonly maxFeePerGas: bigint;
  /** Transactions in flight at once. */
  readonly window: number;
}

interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

const GWEI = 1_000_000_000n;

/**
 * Works off the outbox. For every intent: simulate → sign → record → send → wait for its confirmations; a stuck one is
 * replaced under the same nonce. A signed transaction is in the store before it leaves, so that a crash at any point
 * repeats at most the sending of the same bytes.
 */
export function createSender(
  rpc: JsonRpc,
  reader: ChainReader,
  wallet: Wallet,
  outbox: Outbox,
  clock: Clock,
  telemetry: Telemetry,
  options: SenderOptions,
): ChainSender {
  const address = wallet.address.toLowerCase() as Hex;
  const chainId = reader.deployment.chainId;

  /** Transactions in flight that this process has handed over; after a start, none. */
  const handed = new Set<Hex>();

  const nonceAt = (tag: "latest" | "pending") => rpc.call("eth_getTransactionCount", [address, tag], schema.small);

  async function currentFees(): Promise<Fees> {
    const latest = await readHeader(rpc, "latest");
    const base = latest?.baseFeePerGas ?? 0n;
    const tip = await rpc.call("eth_maxPriorityFeePerGas", [], schema.big).catch((error: unknown) => {
      if (error instanceof RpcFault) return GWEI;
      throw error;
    });
    const wanted = 2n * base + tip;
    const maxFeePerGas = wanted < options.maxFeePerGas ? wanted : options.maxFeePerGas;
    if (base > options.maxFeePerGas) {
      throw transientError("FEES_HIGH", `the base fee is ${base / GWEI} gwei, above network.maxFeeGwei`);
    }
    return { maxFeePerGas, maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas };
  }

  async function sign(entry: OutboxEntry, nonce: number, gasLimit: bigint, fees: Fees): Promise<Attempt> {
    const raw = (await wallet.signTransaction({
      type: 2,
      chainId,
      nonce,
      to: entry.to,
      data: entry.data,
      value: entry.value,
      gasLimit,
      ...fees,
    })) as Hex;
    return { hash: Transaction.from(raw).hash as Hex, raw, ...fees, sentAt: clock.now() };
  }

  /** Hands a recorded transaction to the node. What the node already knows is no error. */
  async function broadcast(entry: OutboxEntry, attempt: Attempt): Promise<void> {
    try {
      await rpc.call("eth_sendRawTransaction", [attempt.raw], schema.hash32);
      handed.add(attempt.hash);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      // Already known, mined meanwhile, or the nonce went to another: the receipts tell which, in the next round.
      if (/already known|already imported|known transaction|nonce too low|nonce.*lower|underpriced/i.test(error.message)) {
        handed.add(attempt.hash);
        return;
      }
      throw transientError("TX_NOT_TAKEN", `the node does not take ${entry.intent}: ${error.message}`);
    }
  }

  async function start(entry: OutboxEntry, nonce: number, fees: () => Promise<Fees>): Promise<boolean> {
    const refuse = async (error: string) => {
      await outbox.refused(entry.intent, error);
      telemetry.emit("tx.refused", { intent: entry.intent, kind: entry.kind, error });
      return false;
    };
    const simulated = await reader.simulate(entry, address);
    if (!simulated.ok) return refuse(simulated.error);
    const params = { from: address, to: entry.to, data: entry.data, value: quantity(entry.value) };
    let gas: bigint;
    try {
      gas = await rpc.call("eth_estimateGas", [params, "pending"], schema.big);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      return refuse(refusalOf(error));
    }
    // State may move between here and the block; a quarter more covers a colder slot or a longer callback.
    const gasLimit = gas + gas / 4n;
    const attempt = await sign(entry, nonce, gasLimit, await fees());
    await outbox.sent(entry.intent, nonce, gasLimit, [attempt]);
    await broadcast(entry, attempt);
    const { intent, kind } = entry;
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: 1 });
    return true;
  }

  async function follow(entry: OutboxEntry, head: number, mined: number): Promise<void> {
    const { intent, kind, nonce, attempts } = entry;
    const forget = () => attempts.forEach(({ hash }) => handed.delete(hash));
    for (const { hash } of attempts) {
      const receipt = await rpc.call("eth_getTransactionReceipt", [hash], schema.receipt.nullable());
      if (receipt === null) continue;
      if (head - receipt.blockNumber < options.confirmations) return;
      forget();
      if (receipt.status === 1) {
        await outbox.confirmed(intent, { hash, block: receipt.blockNumber, gasUsed: receipt.gasUsed });
        telemetry.emit("tx.confirmed", { intent, kind, hash, gas: Number(receipt.gasUsed) });
      } else {
        const why = await reader.simulate(entry, address);
        const error = `reverted in block ${receipt.blockNumber}${why.ok ? "" : `: ${why.error}`}`;
        await outbox.refused(intent, error);
        telemetry.emit("tx.refused", { intent, kind, error });
      }
      return;
    }
    if (nonce === null || nonce < mined) {
      // The nonce went to a transaction of somebody else who holds this key. Simulation decides what is left to do.
      forget();
      await outbox.replan(intent);
      return;
    }
    const last = attempts[attempts.length - 1];
    // Recorded, but perhaps never sent: a crash lay in between, or the node did not take it. The same bytes go out.
    if (!handed.has(last.hash)) return broadcast(entry, last);
    if (clock.now() - last.sentAt < options.replaceAfterMs) return;
    await replace(entry, nonce, last);
  }

  async function replace(entry: OutboxEntry, nonce: number, last: Attempt): Promise<void> {
    const fees = await currentFees();
    const raised = (old: bigint, now: bigint) => (old + old / 8n + 1n > now ? old + old / 8n + 1n : now);
    const next: Fees = {
      maxFeePerGas: raised(last.maxFeePerGas, fees.maxFeePerGas),
      maxPriorityFeePerGas: raised(last.maxPriorityFeePerGas, fees.maxPriorityFeePerGas),
    };
    if (next.maxFeePerGas > options.maxFeePerGas || entry.attempts.length >= 16 || entry.gasLimit === null) {
      await broadcast(entry, last);
      return;
    }
    const attempt = await sign(entry, nonce, entry.gasLimit, next);
    const attempts = [...entry.attempts, attempt];
    await outbox.sent(entry.intent, nonce, entry.gasLimit, attempts);
    await broadcast(entry, attempt);
    const { intent, kind } = entry;
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: attempts.length });
  }

  return {
    address,
    async pump() {
      const open = await outbox.open(options.window);
      if (open.length === 0) return;
      const [latest, mined] = await Promise.all([readHeader(rpc, "latest"), nonceAt("latest")]);
      if (latest === null) throw refusedError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
      const sent = open.filter((entry) => entry.status === "sent");
      for (const entry of sent) await follow(entry, latest.number, mined);

      // Asked for once in a round, and only if something is to be sent.
      let asked: Promise<Fees> | undefined;
      const fees = () => (asked ??= currentFees());
      const used = sent.map((entry) => entry.nonce ?? -1);
      let nonce = Math.max(await nonceAt("pending"), ...used.map((n) => n + 1));
      for (const entry of open) {
        if (entry.status !== "planned") continue;
        try {
          if (await start(entry, nonce, fees)) nonce++;
        } catch (error) {
          if (!(error instanceof RpcFault)) throw error;
          throw transientError("TX_FAILED", `${entry.intent}: ${messageOf(error)}`, { cause: error });
        }
      }
    },
  };
}
