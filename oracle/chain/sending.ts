import type { Wallet } from "ethers";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, Clock, Outbox, OutboxEntry, Telemetry } from "../ports.ts";
import type { Refusal } from "./answers.ts";
import type { JsonRpc } from "./rpc.ts";

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

/** What all parts of a sender work with. */
export interface Sending {
  readonly rpc: JsonRpc;
  readonly reader: ChainReader;
  readonly wallet: Wallet;
  readonly address: Hex;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly options: SenderOptions;
}

/** A transaction that a node did not take, in its words. */
export interface Rejection {
  readonly kind: Refusal;
  readonly words: string;
}

/** Kind of a transaction that does nothing but use a nonce. */
export const NOOP = "noop";
/** Gas of a transfer, which is what a no-op is. */
export const NOOP_GAS = 21_000n;
