import { Transaction } from "ethers";
import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { Attempt, Call, OutboxEntry } from "../ports.ts";
import { sortRefusal } from "./answers.ts";
import type { Fees } from "./fees.ts";
import { RpcFault } from "./rpc.ts";
import * as schema from "./schemas.ts";
import type { Rejection, Sending } from "./sending.ts";

/** Signs transactions and hands them to the node, and remembers what became of that; after a start, nothing. */
export class Handing {
  readonly #sending: Pick<Sending, "rpc" | "reader" | "wallet" | "address" | "clock" | "telemetry">;
  /** Transactions in flight that this process has handed over. */
  readonly #handed = new Set<Hex>();
  /** Transactions that no node took, and what it said. */
  readonly #rejected = new Map<Hex, Rejection>();

  constructor(sending: Pick<Sending, "rpc" | "reader" | "wallet" | "address" | "clock" | "telemetry">) {
    this.#sending = sending;
  }

  async sign(call: Call, nonce: number, gasLimit: bigint, fees: Fees, noop = false): Promise<Attempt> {
    const { wallet, reader, clock } = this.#sending;
    const { to, data, value } = call;
    const { chainId } = reader.deployment;
    const raw = (await wallet.signTransaction({ type: 2, chainId, nonce, to, data, value, gasLimit, ...fees })) as Hex;
    return { hash: Transaction.from(raw).hash as Hex, raw, ...fees, sentAt: clock.now(), ...(noop && { noop }) };
  }

  /** Hands a recorded transaction to the node. */
  async broadcast(entry: OutboxEntry, attempt: Attempt): Promise<void> {
    const { rpc, address, telemetry } = this.#sending;
    try {
      await rpc.call("eth_sendRawTransaction", [attempt.raw], schema.hash32);
      this.accept(attempt);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      const kind = sortRefusal(error.message);
      // Receipts and blocks tell in the next round whose the nonce became.
      if (kind === "known" || kind === "nonce-used") return this.accept(attempt);
      this.#rejected.set(attempt.hash, { kind, words: error.message });
      const { intent, kind: its } = entry;
      telemetry.emit("tx.not-taken", { intent, kind: its, hash: attempt.hash, words: error.message });
      const code = kind === "funds" ? "NATIVE_LOW" : "TX_NOT_TAKEN";
      const fix = kind === "funds" ? { fix: `send native coin for gas to ${address}` } : {};
      throw transientError(code, `the node does not take ${intent}: ${error.message}`, fix);
    }
  }

  /** The node has it. */
  accept({ hash }: Attempt): void {
    this.#handed.add(hash);
    this.#rejected.delete(hash);
  }

  has({ hash }: Attempt): boolean {
    return this.#handed.has(hash);
  }

  rejectionOf({ hash }: Attempt): Rejection | undefined {
    return this.#rejected.get(hash);
  }

  /** Should the node need one of them again, it is handed over anew. */
  letGo(attempts: readonly Attempt[]): void {
    for (const { hash } of attempts) this.#handed.delete(hash);
  }

  /** They are no more of interest. */
  forget(attempts: readonly Attempt[]): void {
    this.letGo(attempts);
    for (const { hash } of attempts) this.#rejected.delete(hash);
  }

  /** A reorganisation may have undone anything. */
  letAllGo(): void {
    this.#handed.clear();
  }
}
