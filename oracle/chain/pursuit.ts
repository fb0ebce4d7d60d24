import type { OutboxEntry } from "../ports.ts";
import type { Appraiser } from "./appraisal.ts";
import { readReceipt } from "./blocks.ts";
import { inOneLine } from "./contracts.ts";
import type { Handing } from "./handing.ts";
import { holderOf, minedCount } from "./nonces.ts";
import type { Renewal } from "./renewal.ts";
import * as schema from "./schemas.ts";
import type { Receipt } from "./schemas.ts";
import { NOOP } from "./sending.ts";
import type { Pace, Sending } from "./sending.ts";

/** Blocks that a replica may be behind, and some more. */
const REPLICA_LAG = 16;
/** Heads at which a transaction has to be unknown before its nonce, long used, is taken to be another's. */
const UNKNOWN_HEADS = 4;

/** Where the chain stands in this round. */
export interface Round {
  /** The newest block, and the nonces below which all are used. */
  readonly head: number;
  readonly mined: number;
}

/** Follows what was signed until the chain says what became of it. */
export class Pursuit {
  readonly #sending: Sending;
  readonly #handing: Handing;
  readonly #renewal: Renewal;
  readonly #appraiser: Appraiser;
  /** By intent: the heads at which none of its transactions was known although its nonce was used long ago. */
  readonly #unknownAt = new Map<string, Set<number>>();
  /** Nonces below this are used, whatever a node that is behind says. */
  #used = 0;

  constructor(sending: Sending, handing: Handing, renewal: Renewal, appraiser: Appraiser) {
    this.#sending = sending;
    this.#handing = handing;
    this.#renewal = renewal;
    this.#appraiser = appraiser;
  }

  /** The nonces below which all are used, by what the node says and by what it said. */
  usedBelow(mined: number): number {
    return Math.max(this.#used, mined);
  }

  /** A reorganisation may have undone anything. */
  startAnew(): void {
    this.#used = 0;
    this.#handing.letAllGo();
  }

  async follow(entry: OutboxEntry, nonce: number, round: Round, pace: Pace): Promise<void> {
    const { rpc, clock } = this.#sending;
    const { attempts } = entry;
    for (const attempt of attempts.toReversed()) {
      const receipt = await readReceipt(rpc, attempt.hash);
      if (receipt !== null) return this.#settle(entry, nonce, attempt, receipt, round.head);
    }
    if (nonce < round.mined) return this.#findHolder(entry, nonce, round.head);
    const last = attempts.at(-1)!;
    const rejection = this.#handing.rejectionOf(last);
    if (rejection !== undefined) return this.#renewal.renew(entry, nonce, pace, rejection);
    if (!this.#handing.has(last)) return this.#renewal.handAgain(entry, nonce, round.mined, pace);
    if (clock.now() - last.sentAt >= pace.replaceAfterMs) await this.#renewal.renew(entry, nonce, pace);
  }

  async refuse(entry: OutboxEntry, error: string): Promise<void> {
    const { outbox, telemetry } = this.#sending;
    const { intent, kind } = entry;
    this.#forget(entry);
    await outbox.refused(intent, error);
    telemetry.emit("tx.refused", { intent, kind, error });
  }

  async #settle(entry: OutboxEntry, nonce: number, attempt: OutboxEntry["attempts"][number], receipt: Receipt, head: number): Promise<void> {
    const { reader, address, outbox, telemetry, options } = this.#sending;
    const { intent, kind } = entry;
    const { hash, noop, maxFeePerGas } = attempt;
    // Should the block disappear again, it is handed over anew.
    this.#handing.letGo(entry.attempts);
    if (head - receipt.blockNumber < options.confirmations) return;
    this.#used = Math.max(this.#used, nonce + 1);
    await options.spending?.settled(entry, receipt.gasUsed * (receipt.effectiveGasPrice ?? maxFeePerGas));
    if (noop === true) return this.#giveBack(entry);
    if (receipt.status !== 1) {
      const why = await reader.simulate(entry, address);
      return this.refuse(entry, `reverted in block ${receipt.blockNumber}${why.ok ? "" : `: ${inOneLine(why)}`}`);
    }
    this.#forget(entry);
    // What it changed is seen by every view from now on.
    if (reader.asOf !== undefined) reader.pin(receipt.blockNumber);
    await outbox.confirmed(intent, { hash, block: receipt.blockNumber, gasUsed: receipt.gasUsed }, attempt);
    telemetry.emit("tx.confirmed", { intent, kind, hash, gas: Number(receipt.gasUsed) });
  }

  /** The nonce is free again for the intent to be planned anew: it was another's, or a no-op took it. */
  async #giveBack(entry: OutboxEntry): Promise<void> {
    const { outbox } = this.#sending;
    this.#forget(entry);
    if (entry.kind === NOOP) await outbox.refused(entry.intent, "the nonce is used");
    else await outbox.replan(entry.intent);
  }

  /**
   * The nonce is used, and no receipt is there. It may come: from a node that is behind, it is late. INVARIANT: the intent
   * is planned anew only if another transaction is shown to have the nonce, or the nonce was used long ago and no node
   * knows any of its own.
   */
  async #findHolder(entry: OutboxEntry, nonce: number, head: number): Promise<void> {
    const { rpc, address, options } = this.#sending;
    const { intent, attempts } = entry;
    const holder = await holderOf(rpc, address, nonce, head);
    if (holder !== undefined) {
      if (attempts.some(({ hash }) => hash === holder.hash) || head - holder.block < options.confirmations) return;
      return this.#giveBack(entry);
    }
    const longAgo = Math.max(0, head - REPLICA_LAG);
    const isUsed = longAgo > 0 && (await minedCount(rpc, address, longAgo).catch(() => 0)) > nonce;
    for (const { hash } of isUsed ? attempts : []) {
      if (await rpc.call("eth_getTransactionByHash", [hash], schema.presence)) return void this.#unknownAt.delete(intent);
    }
    if (!isUsed) return;
    const heads = (this.#unknownAt.get(intent) ?? new Set()).add(head);
    this.#unknownAt.set(intent, heads);
    if (heads.size >= UNKNOWN_HEADS) await this.#giveBack(entry);
  }

  #forget({ intent, attempts }: OutboxEntry): void {
    this.#handing.forget(attempts);
    this.#appraiser.forget(intent);
    this.#unknownAt.delete(intent);
  }
}
