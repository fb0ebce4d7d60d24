import type { Hex } from "../../core/hex.ts";

/** A transaction by what it is for. The intent is the key: planning the same one twice sends it once. */
export interface Intent {
  readonly intent: string;
  readonly kind: string;
  readonly job: string | null;
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
  /** Somebody's clock runs, and a bond or a reward hangs on it. */
  readonly urgent: boolean;
}

export interface Attempt {
  readonly hash: Hex;
  /** The signed bytes; of all but the last attempt only "0x". */
  readonly raw: Hex;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly sentAt: number;
  /** It does nothing but use the nonce, so that no other transaction of the entry can be mined. */
  readonly noop?: boolean;
}

export interface OutboxEntry extends Intent {
  readonly status: "planned" | "sent" | "confirmed" | "refused";
  readonly nonce: number | null;
  readonly gasLimit: bigint | null;
  readonly attempts: readonly Attempt[];
  readonly hash: Hex | null;
  readonly block: number | null;
  readonly gasUsed: bigint | null;
  readonly error: string | null;
}

export interface Outbox {
  /** Records the intent, unless it is there already, and returns what is there. */
  plan(intent: Intent): Promise<OutboxEntry>;
  get(intent: string): Promise<OutboxEntry | undefined>;
  /** Entries that are in flight, then those that are planned, the urgent ones first; otherwise oldest first. */
  open(limit: number): Promise<readonly OutboxEntry[]>;
  /** Entries of a kind that are in flight or planned, without what they carry. A planned one has no nonce yet. */
  underway(kind: string): Promise<readonly { readonly job: string | null; readonly nonce: number | null }[]>;
  /** Records a signed transaction. To be called before it leaves. */
  sent(intent: string, nonce: number, gasLimit: bigint, attempts: readonly Attempt[]): Promise<void>;
  /** Keeps of what was signed only what was mined: after a reorganisation its bytes go out again. */
  confirmed(intent: string, receipt: { hash: Hex; block: number; gasUsed: bigint }, mined?: Attempt): Promise<void>;
  refused(intent: string, error: string): Promise<void>;
  /** A confirmed transaction was undone by a reorganisation: it is in flight again, with its nonce and its bytes. */
  reopen(intent: string): Promise<void>;
  /** Puts an entry back to planned: its nonce was taken by something else, or a refusal is to be tried anew. */
  replan(intent: string): Promise<void>;
}
