import type { Hex } from "../../core/hex.ts";

/** A transaction by its purpose, the intent. The intent is the key: if it is planned twice, it is sent once. */
export interface Intent {
  readonly intent: string;
  readonly kind: string;
  readonly job: string | null;
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
  /** It has a deadline, and a bond or a reward depends on it. */
  readonly urgent: boolean;
}

export interface Attempt {
  readonly hash: Hex;
  /** The signed bytes of the last attempt; "0x" for earlier ones. */
  readonly raw: Hex;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly sentAt: number;
  /** A no-op: it only uses the nonce, so that no other transaction of the entry can be mined. */
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
  /** Records the intent unless it exists already; returns the recorded entry. */
  plan(intent: Intent): Promise<OutboxEntry>;
  get(intent: string): Promise<OutboxEntry | undefined>;
  /** Entries that are in flight, then those that are planned, the urgent ones first; otherwise oldest first. */
  open(limit: number): Promise<readonly OutboxEntry[]>;
  /** Entries of a kind that are in flight or planned, without their contents. A planned one has no nonce yet. */
  underway(kind: string): Promise<readonly { readonly job: string | null; readonly nonce: number | null }[]>;
  /** Records a signed transaction. To be called before it leaves. */
  sent(intent: string, nonce: number, gasLimit: bigint, attempts: readonly Attempt[]): Promise<void>;
  /** Keeps only the mined one of the signed transactions. After a reorganisation its bytes are sent again. */
  confirmed(intent: string, receipt: { hash: Hex; block: number; gasUsed: bigint }, mined?: Attempt): Promise<void>;
  refused(intent: string, error: string): Promise<void>;
  /** A confirmed transaction was undone by a reorganisation: it is in flight again, with its nonce and its bytes. */
  reopen(intent: string): Promise<void>;
  /** Puts an entry back to planned: another transaction took its nonce, or it is tried again after a refusal. */
  replan(intent: string): Promise<void>;
}
