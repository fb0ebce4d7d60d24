import type { Wallet } from "ethers";
import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, ChainSender, Clock, Outbox, OutboxEntry, Telemetry } from "../ports.ts";
import { createAppraiser, type Appraiser } from "./appraisal.ts";
import { readHeader } from "./blocks.ts";
import { feesFor, readMarket } from "./fees.ts";
import type { Market } from "./fees.ts";
import { Handing } from "./handing.ts";
import { HeadWatch } from "./headWatch.ts";
import { minedCount, pendingCount } from "./nonces.ts";
import { OneByOne } from "./oneByOne.ts";
import { Pursuit } from "./pursuit.ts";
import { createRenewal, type Renewal } from "./renewal.ts";
import type { JsonRpc } from "./rpc.ts";
import { NOOP, NOOP_GAS } from "./sending.ts";
import type { Pace, Sending, SenderOptions } from "./sending.ts";

/**
 * Works off the outbox. For every intent: simulate → sign → record → send → wait for its confirmations. A signed
 * transaction is in the store before it leaves, so that a crash at any point repeats at most the sending of the same bytes.
 *
 * INVARIANT: an intent that was signed keeps its nonce until a transaction with this nonce is mined. So at most one of
 * all that were ever signed for it takes effect: one that is stuck, or that no node takes, is signed anew under the same
 * nonce, and one that became pointless gives way to a no-op there. A receipt that is not there shows nothing.
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
  return new Sender({ rpc, reader, wallet, address, outbox, clock, telemetry, options });
}

class Sender implements ChainSender {
  readonly address: Hex;
  readonly #sending: Sending;
  readonly #heads: HeadWatch;
  readonly #handing: Handing;
  readonly #appraiser: Appraiser;
  readonly #renewal: Renewal;
  readonly #pursuit: Pursuit;

  constructor(sending: Sending) {
    const { rpc, reader, address } = sending;
    this.address = address;
    this.#sending = sending;
    this.#heads = new HeadWatch(rpc);
    this.#handing = new Handing(sending);
    this.#appraiser = createAppraiser(rpc, reader, address);
    this.#renewal = createRenewal(sending, this.#handing, this.#appraiser);
    this.#pursuit = new Pursuit(sending, this.#handing, this.#renewal, this.#appraiser);
  }

  async pump(): Promise<void> {
    const { rpc, outbox, options } = this.#sending;
    const open = await outbox.open(2 * options.window);
    if (open.length === 0) return;
    const latest = await readHeader(rpc, "latest");
    if (latest === null) throw transientError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
    if (await this.#heads.isReorganised(latest)) this.#pursuit.startAnew();
    const mined = this.#pursuit.usedBelow(await minedCount(rpc, this.address, "latest"));
    const round = { head: latest.number, mined };
    const next = Math.max(mined, await pendingCount(rpc, this.address));

    const sent = open.filter((entry) => entry.status === "sent").sort((a, b) => a.nonce! - b.nonce!);
    const flight = new Set(sent.map(({ nonce }) => nonce!));
    // INVARIANT: nonces are mined in their order, so whatever stands before an urgent transaction is as urgent.
    const rush = Math.max(-1, ...sent.filter(({ urgent }) => urgent).map(({ nonce }) => nonce!));
    // Asked for once in a round, and only if something is to be sent.
    let asked: Promise<Market> | undefined;
    const market = () => (asked ??= readMarket(rpc));
    const turns = new OneByOne();
    // Somebody's clock first: nothing that has none is looked at before.
    for (const hurried of [true, false]) {
      for (const entry of sent.filter(({ nonce }) => (nonce! <= rush) === hurried)) {
        await turns.do(entry.intent, () => this.#pursuit.follow(entry, entry.nonce!, round, this.#paceOf({ urgent: hurried })));
      }
      for (const entry of open.filter(({ status, urgent }) => status === "planned" && urgent === hurried)) {
        if (!hurried && flight.size >= options.window) break;
        let nonce = next;
        while (flight.has(nonce)) nonce++;
        await turns.do(entry.intent, () => this.#start(entry, nonce, market, flight));
      }
    }
    await this.#fillHoles(sent, mined, next);
    turns.end();
  }

  async #start(entry: OutboxEntry, nonce: number, market: () => Promise<Market>, flight: Set<number>): Promise<void> {
    const { outbox, telemetry, options } = this.#sending;
    const { intent, kind } = entry;
    // Of a no-op that was not signed, its nonce is not known: another is made if it is still needed.
    if (kind === NOOP) return outbox.refused(intent, "not signed");
    if (options.spending?.isHeld(entry) === true) return;
    const appraised = await this.#appraiser.appraise(entry);
    if ("refusal" in appraised) return this.#pursuit.refuse(entry, appraised.refusal);
    const fees = feesFor(await market(), this.#paceOf(entry).maxFeePerGas);
    if (options.spending !== undefined && !(await options.spending.may(entry, appraised.gas * fees.maxFeePerGas))) return;
    const attempt = await this.#handing.sign(entry, nonce, appraised.gas, fees);
    // INVARIANT: on record before it leaves.
    await outbox.sent(intent, nonce, appraised.gas, [attempt]);
    flight.add(nonce);
    await this.#handing.broadcast(entry, attempt);
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: 1 });
  }

  /**
   * Nonces below those in flight that nothing of ours holds and no pool: somebody else who has this key sent something
   * that was lost. Whatever waits above them waits until a no-op fills them.
   */
  async #fillHoles(sent: readonly OutboxEntry[], mined: number, next: number): Promise<void> {
    const { rpc, outbox, clock, options } = this.#sending;
    const waiting = sent.filter((entry) => entry.nonce! >= mined);
    const held = new Set(waiting.map(({ nonce }) => nonce));
    const patient = waiting.filter((entry) => clock.now() - entry.attempts.at(-1)!.sentAt >= this.#paceOf(entry).replaceAfterMs);
    const top = Math.max(-1, ...patient.map(({ nonce }) => nonce!));
    if (next >= top || held.has(next) || next < mined) return;
    const intent = `${NOOP}:${next}`;
    const { noop } = this.#renewal;
    const planned = await outbox.plan({ intent, kind: NOOP, job: null, urgent: true, ...noop });
    if (planned.status === "refused") await outbox.replan(intent);
    const fees = feesFor(await readMarket(rpc), options.urgent.maxFeePerGas);
    const attempt = await this.#handing.sign(noop, next, NOOP_GAS, fees, true);
    await outbox.sent(intent, next, NOOP_GAS, [attempt]);
    await this.#handing.broadcast({ ...planned, attempts: [attempt] }, attempt);
  }

  #paceOf({ urgent }: { urgent: boolean }): Pace {
    const { options } = this.#sending;
    return urgent ? options.urgent : options.routine;
  }
}
