import { Transaction } from "ethers";
import type { Wallet } from "ethers";
import { messageOf, OpgError, transientError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import type { Attempt, Call, ChainReader, ChainSender, Clock, Outbox, OutboxEntry, Telemetry } from "../ports.ts";
import { leastTip, sortRefusal } from "./answers.ts";
import type { Refusal } from "./answers.ts";
import { createAppraiser } from "./appraisal.ts";
import { inOneLine } from "./contracts.ts";
import { feesFor, outbid, readMarket, showGwei } from "./fees.ts";
import type { Fees, Market } from "./fees.ts";
import { holderOf, minedCount, pendingCount } from "./nonces.ts";
import { readHeader, readReceipt } from "./blocks.ts";
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
  /** What limits the gas that is paid for; nothing where it is absent. */
  readonly spending?: SpendingGuard;
}

/** Asked before something is signed for the first time. */
export interface SpendingGuard {
  isHeld(entry: OutboxEntry): boolean;
  may(entry: OutboxEntry, cost: bigint): Promise<boolean>;
  settled(entry: OutboxEntry, cost: bigint): Promise<void>;
}

export interface Pace {
  /** A transaction that is not mined after this long goes out again with a higher fee. */
  readonly replaceAfterMs: number;
  readonly maxFeePerGas: bigint;
}

/** Gas of a transfer, which is what a no-op is. */
const NOOP_GAS = 21_000n;
/** Blocks that a replica may be behind, and some more. */
const REPLICA_LAG = 16;
/** Heads at which a transaction has to be unknown before its nonce, long used, is taken to be another's. */
const UNKNOWN_HEADS = 4;
/** Rounds after which a head that is lower than before is taken for what it says. */
const LOWER_ROUNDS = 30;
/** Transactions that fail in a row before the node is taken to be down, and the round ends. */
const FAULTS = 4;

/** A transaction that a node did not take, in its words. */
interface Rejection {
  readonly kind: Refusal;
  readonly words: string;
}

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
  const chainId = reader.deployment.chainId;

  const appraiser = createAppraiser(rpc, reader, address);

  /** Transactions in flight that this process has handed over; after a start, none. */
  const handed = new Set<Hex>();
  /** Transactions that no node took, and what it said; after a start, none. */
  const rejected = new Map<Hex, Rejection>();
  /** By intent: the heads at which none of its transactions was known although its nonce was used long ago. */
  const unknownAt = new Map<string, Set<number>>();
  /** Nonces below this are used, whatever a node that is behind says. */
  let used = 0;
  /** The newest block of the last round. */
  let seen: Header | undefined;
  /** Rounds in a row in which the newest block was below it. */
  let lower = 0;

  /** Whether a block that was there in the last round is gone, and with it perhaps what was handed over. */
  async function reorganised(latest: Header): Promise<boolean> {
    const before = seen;
    // A node that is behind shows nothing of what it has not got; a chain that stays shorter is another one.
    lower = before !== undefined && latest.number < before.number ? lower + 1 : 0;
    if (lower > 0 && lower < LOWER_ROUNDS) return false;
    seen = latest;
    if (before === undefined || before.hash === latest.hash || before.hash === latest.parentHash) return false;
    return lower > 0 || (await readHeader(rpc, before.number))?.hash !== before.hash;
  }

  async function sign(call: Call, nonce: number, gasLimit: bigint, fees: Fees, noop = false): Promise<Attempt> {
    const { to, data, value } = call;
    const raw = (await wallet.signTransaction({ type: 2, chainId, nonce, to, data, value, gasLimit, ...fees })) as Hex;
    return { hash: Transaction.from(raw).hash as Hex, raw, ...fees, sentAt: clock.now(), ...(noop && { noop }) };
  }

  /** Hands a recorded transaction to the node. */
  async function broadcast(entry: OutboxEntry, attempt: Attempt): Promise<void> {
    try {
      await rpc.call("eth_sendRawTransaction", [attempt.raw], schema.hash32);
      accept(attempt);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      const kind = sortRefusal(error.message);
      // Receipts and blocks tell in the next round whose the nonce became.
      if (kind === "known" || kind === "nonce-used") return accept(attempt);
      rejected.set(attempt.hash, { kind, words: error.message });
      const { intent, kind: its } = entry;
      telemetry.emit("tx.not-taken", { intent, kind: its, hash: attempt.hash, words: error.message });
      const code = kind === "funds" ? "NATIVE_LOW" : "TX_NOT_TAKEN";
      const fix = kind === "funds" ? { fix: `send native coin for gas to ${address}` } : {};
      throw transientError(code, `the node does not take ${intent}: ${error.message}`, fix);
    }
  }

  function accept({ hash }: Attempt): void {
    handed.add(hash);
    rejected.delete(hash);
  }

  function forget({ intent, attempts }: OutboxEntry): void {
    for (const { hash } of attempts) {
      handed.delete(hash);
      rejected.delete(hash);
    }
    appraiser.forget(intent);
    unknownAt.delete(intent);
  }

  async function refuse(entry: OutboxEntry, error: string): Promise<void> {
    const { intent, kind } = entry;
    forget(entry);
    await outbox.refused(intent, error);
    telemetry.emit("tx.refused", { intent, kind, error });
  }

  async function start(entry: OutboxEntry, nonce: number, now: () => Promise<Market>, flight: Set<number>): Promise<void> {
    if (options.spending?.isHeld(entry) === true) return;
    const appraised = await appraiser.appraise(entry);
    if ("refusal" in appraised) return refuse(entry, appraised.refusal);
    const fees = feesFor(await now(), paceOf(entry).maxFeePerGas);
    if (options.spending !== undefined && !(await options.spending.may(entry, appraised.gas * fees.maxFeePerGas))) return;
    const attempt = await sign(entry, nonce, appraised.gas, fees);
    // INVARIANT: on record before it leaves.
    await outbox.sent(entry.intent, nonce, appraised.gas, [attempt]);
    flight.add(nonce);
    await broadcast(entry, attempt);
    const { intent, kind } = entry;
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: 1 });
  }

  const paceOf = ({ urgent }: { urgent: boolean }): Pace => (urgent ? options.urgent : options.routine);

  async function follow(entry: OutboxEntry, nonce: number, head: number, mined: number, pace: Pace): Promise<void> {
    const { intent, kind, attempts } = entry;
    for (const attempt of attempts.toReversed()) {
      const { hash, noop, maxFeePerGas } = attempt;
      const receipt = await readReceipt(rpc, hash);
      if (receipt === null) continue;
      // Should the block disappear again, it is handed over anew.
      attempts.forEach((each) => handed.delete(each.hash));
      if (head - receipt.blockNumber < options.confirmations) return;
      used = Math.max(used, nonce + 1);
      await options.spending?.settled(entry, receipt.gasUsed * (receipt.effectiveGasPrice ?? maxFeePerGas));
      if (noop === true) return giveBack(entry);
      if (receipt.status === 1) {
        forget(entry);
        // What it changed is seen by every view from now on.
        if (reader.asOf !== undefined) reader.pin(receipt.blockNumber);
        await outbox.confirmed(intent, { hash, block: receipt.blockNumber, gasUsed: receipt.gasUsed }, attempt);
        telemetry.emit("tx.confirmed", { intent, kind, hash, gas: Number(receipt.gasUsed) });
      } else {
        const why = await reader.simulate(entry, address);
        await refuse(entry, `reverted in block ${receipt.blockNumber}${why.ok ? "" : `: ${inOneLine(why)}`}`);
      }
      return;
    }
    if (nonce < mined) return findHolder(entry, nonce, head);
    const last = attempts.at(-1)!;
    const rejection = rejected.get(last.hash);
    if (rejection !== undefined) return renew(entry, nonce, pace, rejection);
    if (!handed.has(last.hash)) return handAgain(entry, nonce, mined, pace);
    if (clock.now() - last.sentAt >= pace.replaceAfterMs) await renew(entry, nonce, pace);
  }

  /** The nonce is free again for the intent to be planned anew: it was another's, or a no-op took it. */
  async function giveBack(entry: OutboxEntry): Promise<void> {
    forget(entry);
    if (entry.kind === NOOP) await outbox.refused(entry.intent, "the nonce is used");
    else await outbox.replan(entry.intent);
  }

  /**
   * The nonce is used, and no receipt is there. It may come: from a node that is behind, it is late. INVARIANT: the intent
   * is planned anew only if another transaction is shown to have the nonce, or the nonce was used long ago and no node
   * knows any of its own.
   */
  async function findHolder(entry: OutboxEntry, nonce: number, head: number): Promise<void> {
    const { intent, attempts } = entry;
    const holder = await holderOf(rpc, address, nonce, head);
    if (holder !== undefined) {
      if (attempts.some(({ hash }) => hash === holder.hash) || head - holder.block < options.confirmations) return;
      return giveBack(entry);
    }
    const longAgo = Math.max(0, head - REPLICA_LAG);
    const isUsed = longAgo > 0 && (await minedCount(rpc, address, longAgo).catch(() => 0)) > nonce;
    for (const { hash } of isUsed ? attempts : []) {
      if (await rpc.call("eth_getTransactionByHash", [hash], schema.presence)) return void unknownAt.delete(intent);
    }
    if (!isUsed) return;
    const heads = (unknownAt.get(intent) ?? new Set()).add(head);
    unknownAt.set(intent, heads);
    if (heads.size >= UNKNOWN_HEADS) await giveBack(entry);
  }

  /**
   * Recorded, but the node may not have it: a crash lay between recording and sending, or a reorganisation undid it. The
   * same bytes go out, if they still do what they are meant to.
   */
  async function handAgain(entry: OutboxEntry, nonce: number, mined: number, pace: Pace): Promise<void> {
    const last = entry.attempts.at(-1)!;
    if (last.raw === "0x") return renew(entry, nonce, pace);
    const known = await rpc.call("eth_getTransactionByHash", [last.hash], schema.presence);
    if (!known && last.noop !== true) {
      const simulated = await reader.simulate(entry, address);
      // It cannot be mined before what stands below it, and may need it.
      if (!simulated.ok && nonce > mined) return;
      if (!simulated.ok) return cancel(entry, nonce, pace, appraiser.believe(entry, inOneLine(simulated), simulated.doubtful === true));
    }
    const renewed = { ...last, sentAt: clock.now() };
    await outbox.sent(entry.intent, nonce, entry.gasLimit ?? NOOP_GAS, [...entry.attempts.slice(0, -1), renewed]);
    if (known) accept(last);
    else await broadcast(entry, renewed);
  }

  /** Signs the same intent anew under its nonce, for what it costs now, or a no-op where there is no point in it any more. */
  async function renew(entry: OutboxEntry, nonce: number, pace: Pace, rejection?: Rejection): Promise<void> {
    const last = entry.attempts.at(-1)!;
    // What is in a pool was good when it went there; only its price is old. Its room is as good as it was.
    const keeps = last.noop === true || (rejection === undefined && entry.gasLimit !== null);
    const appraised = keeps ? { gas: last.noop === true ? NOOP_GAS : entry.gasLimit! } : await appraiser.appraise(entry);
    if ("refusal" in appraised) return cancel(entry, nonce, pace, appraised.refusal);
    const isSame = rejection !== undefined && !isPriced(rejection) && appraised.gas === entry.gasLimit;
    const fees = isSame ? undefined : await raisedFees(last, pace, rejection);
    // The price is as high as it may be, or nothing else is to be changed: a node that has lost it gets it again.
    if (fees === undefined && last.raw !== "0x") return broadcast(entry, last);
    const { maxFeePerGas, maxPriorityFeePerGas } = fees ?? last;
    const call = last.noop === true ? noop : entry;
    const offered = { maxFeePerGas, maxPriorityFeePerGas };
    await resend(entry, nonce, appraised.gas, await sign(call, nonce, appraised.gas, offered, last.noop === true));
  }

  /** Fees above those offered before; undefined where the limit is reached. */
  async function raisedFees(last: Attempt, pace: Pace, rejection?: Rejection): Promise<Fees | undefined> {
    const market = feesFor(await readMarket(rpc), pace.maxFeePerGas);
    // What no node took for another reason has no rival to outbid.
    if (rejection !== undefined && !isPriced(rejection)) return market;
    const floor = rejection?.kind === "fee-low" ? leastTip(rejection.words) : undefined;
    const raised = outbid(last, market, pace.maxFeePerGas, floor);
    if (raised !== undefined || rejection === undefined) return raised;
    const limit = showGwei(pace.maxFeePerGas);
    const named = floor === undefined ? "" : `, which is a tip of ${showGwei(floor)} gwei at least`;
    throw transientError("FEES_HIGH", `the node asks for more than the ${limit} gwei of the configuration${named}: ${rejection.words}`, {
      fix: "raise network.maxFeeGwei (for disputes network.maxDisputeFeeGwei)",
    });
  }

  async function resend(entry: OutboxEntry, nonce: number, gas: bigint, attempt: Attempt): Promise<void> {
    const { intent, kind } = entry;
    // Of those before, the hash is enough to know their receipts by.
    const attempts = [...entry.attempts.map((earlier) => ({ ...earlier, raw: "0x" as Hex })), attempt];
    await outbox.sent(intent, nonce, gas, attempts);
    await broadcast({ ...entry, attempts }, attempt);
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: attempts.length });
  }

  const noop: Call = { to: address, data: "0x", value: 0n };

  /**
   * Takes back what would no longer go through. INVARIANT: what some node may have keeps its nonce until a no-op has it,
   * because the same intent under another nonce could be mined besides.
   */
  async function cancel(entry: OutboxEntry, nonce: number, pace: Pace, why: string): Promise<void> {
    const last = entry.attempts.at(-1)!;
    telemetry.emit("tx.cancelled", { intent: entry.intent, kind: entry.kind, nonce, error: why });
    const market = feesFor(await readMarket(rpc), pace.maxFeePerGas);
    const fees = outbid(last, market, pace.maxFeePerGas) ?? market;
    await resend(entry, nonce, NOOP_GAS, await sign(noop, nonce, NOOP_GAS, fees, true));
  }

  /**
   * Nonces below those in flight that nothing of ours holds and no pool: somebody else who has this key sent something
   * that was lost. Whatever waits above them waits until a no-op fills them.
   */
  async function fillHoles(sent: readonly OutboxEntry[], mined: number, next: number): Promise<void> {
    const waiting = sent.filter((entry) => entry.nonce! >= mined);
    const held = new Set(waiting.map(({ nonce }) => nonce));
    const patient = waiting.filter((entry) => clock.now() - entry.attempts.at(-1)!.sentAt >= paceOf(entry).replaceAfterMs);
    const top = Math.max(-1, ...patient.map(({ nonce }) => nonce!));
    if (next >= top || held.has(next) || next < mined) return;
    const intent = `${NOOP}:${next}`;
    const planned = await outbox.plan({ intent, kind: NOOP, job: null, urgent: true, ...noop });
    if (planned.status === "refused") await outbox.replan(intent);
    const attempt = await sign(noop, next, NOOP_GAS, feesFor(await readMarket(rpc), options.urgent.maxFeePerGas), true);
    await outbox.sent(intent, next, NOOP_GAS, [attempt]);
    await broadcast({ ...planned, attempts: [attempt] }, attempt);
  }

  return {
    address,
    async pump() {
      const open = await outbox.open(2 * options.window);
      if (open.length === 0) return;
      const latest = await readHeader(rpc, "latest");
      if (latest === null) throw transientError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
      if (await reorganised(latest)) {
        handed.clear();
        used = 0;
      }
      const mined = Math.max(used, await minedCount(rpc, address, "latest"));

      const faults: unknown[] = [];
      let row = 0;
      /** INVARIANT: what fails for one transaction keeps no other from its turn, unless the node is down. */
      const alone = async (entry: OutboxEntry, work: () => Promise<void>) => {
        try {
          await work();
          row = 0;
        } catch (error) {
          const fault = error instanceof RpcFault ? transientError("TX_FAILED", `${entry.intent}: ${messageOf(error)}`, { cause: error }) : error;
          if (!(fault instanceof OpgError) || fault.kind !== "transient") throw fault;
          faults.push(fault);
          if (isSilence(fault) && ++row >= FAULTS) throw fault;
        }
      };

      const sent = open.filter((entry) => entry.status === "sent").sort((a, b) => a.nonce! - b.nonce!);
      const flight = new Set(sent.map(({ nonce }) => nonce!));
      // INVARIANT: nonces are mined in their order, so whatever stands before an urgent transaction is as urgent.
      const rush = Math.max(-1, ...sent.filter(({ urgent }) => urgent).map(({ nonce }) => nonce!));
      const isHurried = (entry: OutboxEntry) => (entry.status === "sent" ? entry.nonce! <= rush : entry.urgent);

      // Asked for once in a round, and only if something is to be sent.
      let asked: Promise<Market> | undefined;
      const now = () => (asked ??= readMarket(rpc));
      const next = Math.max(mined, await pendingCount(rpc, address));
      // Somebody's clock first: nothing that has none is looked at before.
      for (const hurried of [true, false]) {
        for (const entry of sent.filter((each) => isHurried(each) === hurried)) {
          await alone(entry, () => follow(entry, entry.nonce!, latest.number, mined, paceOf({ urgent: hurried })));
        }
        for (const entry of open.filter(({ status, urgent }) => status === "planned" && urgent === hurried)) {
          if (!hurried && flight.size >= options.window) break;
          // Of a no-op that was not signed, its nonce is not known: another is made if it is still needed.
          if (entry.kind === NOOP) {
            await outbox.refused(entry.intent, "not signed");
            continue;
          }
          let nonce = next;
          while (flight.has(nonce)) nonce++;
          await alone(entry, () => start(entry, nonce, now, flight));
        }
      }
      await fillHoles(sent, mined, next);
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** Kind of a transaction that does nothing but use a nonce. */
export const NOOP = "noop";

/** Whether more money is what the node asks for. */
const isPriced = ({ kind }: Rejection): boolean => kind === "fee-low" || kind === "outbid";

const isSilence = ({ code }: OpgError): boolean => code === "RPC_UNREACHABLE" || code === "RPC_BUSY";
