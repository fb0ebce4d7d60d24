import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { Attempt, Call, OutboxEntry } from "../ports.ts";
import { leastTip } from "./answers.ts";
import type { Appraiser } from "./appraisal.ts";
import { inOneLine } from "./contracts.ts";
import { feesFor, outbid, readMarket, showGwei } from "./fees.ts";
import type { Fees } from "./fees.ts";
import type { Handing } from "./handing.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import { NOOP_GAS } from "./sending.ts";
import type { Pace, Rejection, Sending } from "./sending.ts";

/** What happens to a signed transaction that is not mined, always under its nonce. */
export interface Renewal {
  /** The call of a no-op. */
  readonly noop: Call;
  /**
   * Recorded, but the node may not have it: a crash lay between recording and sending, or a reorganisation undid it. The
   * same bytes go out, if they still do what they are meant to.
   */
  handAgain(entry: OutboxEntry, nonce: number, mined: number, pace: Pace): Promise<void>;
  /** Signs the same intent anew under its nonce, for what it costs now, or a no-op where there is no point in it any more. */
  renew(entry: OutboxEntry, nonce: number, pace: Pace, rejection?: Rejection): Promise<void>;
}

export function createRenewal(sending: Sending, handing: Handing, appraiser: Appraiser): Renewal {
  const { rpc, reader, address, outbox, clock, telemetry } = sending;
  const noop: Call = { to: address, data: "0x", value: 0n };

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
    if (known) handing.accept(last);
    else await handing.broadcast(entry, renewed);
  }

  async function renew(entry: OutboxEntry, nonce: number, pace: Pace, rejection?: Rejection): Promise<void> {
    const last = entry.attempts.at(-1)!;
    // What is in a pool was good when it went there; only its price is old. Its room is as good as it was.
    const keeps = last.noop === true || (rejection === undefined && entry.gasLimit !== null);
    const appraised = keeps ? { gas: last.noop === true ? NOOP_GAS : entry.gasLimit! } : await appraiser.appraise(entry);
    if ("refusal" in appraised) return cancel(entry, nonce, pace, appraised.refusal);
    const isSame = rejection !== undefined && !isPriced(rejection) && appraised.gas === entry.gasLimit;
    const fees = isSame ? undefined : await raisedFees(rpc, last, pace, rejection);
    // The price is as high as it may be, or nothing else is to be changed: a node that has lost it gets it again.
    if (fees === undefined && last.raw !== "0x") return handing.broadcast(entry, last);
    const { maxFeePerGas, maxPriorityFeePerGas } = fees ?? last;
    const call = last.noop === true ? noop : entry;
    const offered = { maxFeePerGas, maxPriorityFeePerGas };
    await resend(entry, nonce, appraised.gas, await handing.sign(call, nonce, appraised.gas, offered, last.noop === true));
  }

  async function resend(entry: OutboxEntry, nonce: number, gas: bigint, attempt: Attempt): Promise<void> {
    const { intent, kind } = entry;
    // Of those before, the hash is enough to know their receipts by.
    const attempts = [...entry.attempts.map((earlier) => ({ ...earlier, raw: "0x" as Hex })), attempt];
    await outbox.sent(intent, nonce, gas, attempts);
    await handing.broadcast({ ...entry, attempts }, attempt);
    telemetry.emit("tx.sent", { intent, kind, hash: attempt.hash, nonce, attempt: attempts.length });
  }

  /**
   * Takes back what would no longer go through. INVARIANT: what some node may have keeps its nonce until a no-op has it,
   * because the same intent under another nonce could be mined besides.
   */
  async function cancel(entry: OutboxEntry, nonce: number, pace: Pace, why: string): Promise<void> {
    const last = entry.attempts.at(-1)!;
    telemetry.emit("tx.cancelled", { intent: entry.intent, kind: entry.kind, nonce, error: why });
    const market = feesFor(await readMarket(rpc), pace.maxFeePerGas);
    const fees = outbid(last, market, pace.maxFeePerGas) ?? market;
    await resend(entry, nonce, NOOP_GAS, await handing.sign(noop, nonce, NOOP_GAS, fees, true));
  }

  return { noop, handAgain, renew };
}

/** Fees above those offered before; undefined where the limit is reached. */
async function raisedFees(rpc: JsonRpc, last: Attempt, pace: Pace, rejection?: Rejection): Promise<Fees | undefined> {
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

/** Whether more money is what the node asks for. */
const isPriced = ({ kind }: Rejection): boolean => kind === "fee-low" || kind === "outbid";
