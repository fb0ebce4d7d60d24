import { Transaction } from "ethers";
import type { Wallet } from "ethers";
import { TRANSACTION_GAS } from "../core/dispute/budget.ts";
import { messageOf, OpgError, refusedError, transientError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import type { Attempt, ChainReader, ChainSender, Clock, Outbox, OutboxEntry, Telemetry } from "../ports.ts";
import { quantity, readHeader, refusalOf } from "./reader.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import type { Header } from "./schemas.ts";

export interface SenderOptions {
  readonly confirmations: number;
  readonly routine: Pace;
  /** For transactions against which a clock runs, and those under a lower nonce that they wait for. */
  readonly urgent: Pace;
  /** Transactions in flight at once; urgent ones may be as many again. */
  readonly window: number;
}

export interface Pace {
  /** A transaction that is not mined after this long goes out again with a higher fee. */
  readonly replaceAfterMs: number;
  readonly maxFeePerGas: bigint;
}

interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

interface Market {
  readonly base: bigint;
  readonly tip: bigint;
}

const GWEI = 1_000_000_000n;
/** Gas to write to a storage slot that was zero. */
const FRESH_SLOT = 22_100n;

/**
 * State may move between the estimate and the block, for a longer callback or a colder slot; somebody else's challenge
 * makes one's own the dearer second, with two slots to fill. What fits a transaction without the room goes out with less.
 */
function withRoom(gas: bigint): bigint {
  const wanted = gas + gas / 4n + 2n * FRESH_SLOT;
  const most = BigInt(TRANSACTION_GAS);
  return wanted > most && gas <= most ? most : wanted;
}

/** Faults that concern one transaction: the others go out nevertheless. */
const SINGLE_FAULTS = new Set(["TX_NOT_TAKEN", "TX_FAILED", "FEES_HIGH", "RPC_FAULT"]);

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

  /** The newest block of the last round. */
  let seen: Header | undefined;

  /** Whether a block that was there in the last round is gone, and with it perhaps what was handed over. */
  async function reorganised(latest: Header): Promise<boolean> {
    const before = seen;
    seen = latest;
    if (before === undefined || before.hash === latest.hash || before.hash === latest.parentHash) return false;
    return (await readHeader(rpc, before.number))?.hash !== before.hash;
  }

  const nonceAt = (tag: "latest" | "pending") => rpc.call("eth_getTransactionCount", [address, tag], schema.small);

  async function market(): Promise<Market> {
    const latest = await readHeader(rpc, "latest");
    const tip = await rpc.call("eth_maxPriorityFeePerGas", [], schema.big).catch((error: unknown) => {
      if (error instanceof RpcFault) return GWEI;
      throw error;
    });
    return { base: latest?.baseFeePerGas ?? 0n, tip };
  }

  function feesFor({ base, tip }: Market, limit: bigint): Fees {
    const wanted = 2n * base + tip;
    const maxFeePerGas = wanted < limit ? wanted : limit;
    if (base > limit) {
      throw transientError("FEES_HIGH", `the base fee is ${base / GWEI} gwei, above the ${limit / GWEI} gwei of the configuration`);
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

  async function refuse({ intent, kind }: OutboxEntry, error: string): Promise<void> {
    await outbox.refused(intent, error);
    telemetry.emit("tx.refused", { intent, kind, error });
  }

  async function start(entry: OutboxEntry, nonce: number, now: () => Promise<Market>, flight: Set<number>): Promise<void> {
    const simulated = await reader.simulate(entry, address);
    if (!simulated.ok) {
      return refuse(entry, simulated.error);
    }
    const params = { from: address, to: entry.to, data: entry.data, value: quantity(entry.value) };
    let gas: bigint;
    try {
      gas = await rpc.call("eth_estimateGas", [params, "pending"], schema.big);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      return refuse(entry, refusalOf(error));
    }
    const gasLimit = withRoom(gas);
    const fees = feesFor(await now(), paceOf(entry).maxFeePerGas);
    const attempt = await sign(entry, nonce, gasLimit, fees);
    await outbox.sent(entry.intent, nonce, gasLimit, [attempt]);
    flight.add(nonce);
    await broadcast(entry, attempt);
    const { intent, kind } = entry;
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: 1 });
  }

  const paceOf = ({ urgent }: { urgent: boolean }): Pace => (urgent ? options.urgent : options.routine);

  async function follow(entry: OutboxEntry, head: number, mined: number, pace: Pace, flight: ReadonlySet<number>): Promise<void> {
    const { intent, kind, nonce, attempts } = entry;
    const forget = () => attempts.forEach(({ hash }) => handed.delete(hash));
    for (const { hash } of attempts) {
      const receipt = await rpc.call("eth_getTransactionReceipt", [hash], schema.receipt.nullable());
      if (receipt === null) continue;
      // Should the block disappear again, it is handed over anew.
      forget();
      if (head - receipt.blockNumber < options.confirmations) return;
      if (receipt.status === 1) {
        await outbox.confirmed(intent, { hash, block: receipt.blockNumber, gasUsed: receipt.gasUsed });
        telemetry.emit("tx.confirmed", { intent, kind, hash, gas: Number(receipt.gasUsed) });
      } else {
        const why = await reader.simulate(entry, address);
        await refuse(entry, `reverted in block ${receipt.blockNumber}${why.ok ? "" : `: ${why.error}`}`);
      }
      return;
    }
    const last = attempts.at(-1);
    if (nonce === null || nonce < mined || last === undefined) {
      // The nonce went to a transaction of somebody else who holds this key. Simulation decides what is left to do.
      forget();
      await outbox.replan(intent);
      return;
    }
    if (!handed.has(last.hash)) return handAgain(entry, nonce, last);
    if (clock.now() - last.sentAt < pace.replaceAfterMs) return;
    const next = await nonceAt("pending");
    if (next < nonce && !flight.has(next)) {
      // A transaction under a lower nonce was lost and nobody sends it again: this one takes its place.
      forget();
      await outbox.replan(intent);
      return;
    }
    await replace(entry, nonce, last, pace);
  }

  /**
   * Recorded, but the node may not have it: a crash lay between recording and sending, the node did not take it, or a
   * reorganisation undid it. The same bytes go out, if they still do what they are meant to.
   */
  async function handAgain(entry: OutboxEntry, nonce: number, last: Attempt): Promise<void> {
    const known = await rpc.call("eth_getTransactionByHash", [last.hash], schema.presence);
    if (!known) {
      const simulated = await reader.simulate(entry, address);
      if (!simulated.ok) return refuse(entry, simulated.error);
    }
    const renewed = { ...last, sentAt: clock.now() };
    await outbox.sent(entry.intent, nonce, entry.gasLimit!, [...entry.attempts.slice(0, -1), renewed]);
    if (known) handed.add(last.hash);
    else await broadcast(entry, renewed);
  }

  async function replace(entry: OutboxEntry, nonce: number, last: Attempt, pace: Pace): Promise<void> {
    const fees = feesFor(await market(), pace.maxFeePerGas);
    const raised = (old: bigint, now: bigint) => (old + old / 8n + 1n > now ? old + old / 8n + 1n : now);
    const next: Fees = {
      maxFeePerGas: raised(last.maxFeePerGas, fees.maxFeePerGas),
      maxPriorityFeePerGas: raised(last.maxPriorityFeePerGas, fees.maxPriorityFeePerGas),
    };
    if (next.maxFeePerGas > pace.maxFeePerGas || entry.attempts.length >= 16 || entry.gasLimit === null) {
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
      const open = await outbox.open(2 * options.window);
      if (open.length === 0) return;
      const [latest, mined] = await Promise.all([readHeader(rpc, "latest"), nonceAt("latest")]);
      if (latest === null) throw refusedError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
      if (await reorganised(latest)) handed.clear();
      const faults: unknown[] = [];
      const alone = async (work: () => Promise<void>) => {
        await work().catch((error: unknown) => {
          if (!(error instanceof OpgError && SINGLE_FAULTS.has(error.code))) throw error;
          faults.push(error);
        });
      };

      const sent = open.filter((entry) => entry.status === "sent");
      const flight = new Set(sent.map(({ nonce }) => nonce ?? -1));
      // INVARIANT: nonces are mined in their order, so whatever stands before an urgent transaction is as urgent.
      const rush = Math.max(-1, ...sent.filter(({ urgent }) => urgent).map(({ nonce }) => nonce ?? -1));
      for (const entry of sent) {
        const pace = paceOf({ urgent: (entry.nonce ?? 0) <= rush });
        await alone(() => follow(entry, latest.number, mined, pace, flight));
      }

      // Asked for once in a round, and only if something is to be sent.
      let asked: Promise<Market> | undefined;
      const now = () => (asked ??= market());
      const pending = await nonceAt("pending");
      for (const entry of open) {
        if (entry.status !== "planned" || (!entry.urgent && flight.size >= options.window)) continue;
        let nonce = pending;
        while (flight.has(nonce)) nonce++;
        await alone(() =>
          start(entry, nonce, now, flight).catch((error: unknown) => {
            if (!(error instanceof RpcFault)) throw error;
            throw transientError("TX_FAILED", `${entry.intent}: ${messageOf(error)}`, { cause: error });
          }),
        );
      }
      if (faults.length > 0) throw faults[0];
    },
  };
}
