import type { Hex } from "../../core/hex.ts";

export interface RecordedVerdict {
  /** `doubtful`: no processor gives these bytes, but whoever moves numbers inside the bounds does. */
  readonly verdict: "match" | "mismatch" | "doubtful" | "unknown";
  readonly detail: string;
}

export interface RecordedAccusation {
  readonly node: number;
  readonly element: string;
  /** The pieces before the proof, if the element is too long for one transaction. */
  readonly pieces: readonly { readonly until: number; readonly proof: Uint8Array }[];
  /** The encoded proof, ready to be sent. */
  readonly proof: Uint8Array;
  readonly salt: Hex;
}

export interface RecordedQualification {
  /** Fingerprint of the host and runtime that the check ran on. */
  readonly host: string;
  readonly accepted: boolean;
  readonly reason: string;
}

/** Results of this party, each recorded once. */
export interface Records {
  /**
   * Records by job and subject, because after a reorganisation the same id may name another request. The first recorded
   * answer stays, and is returned.
   */
  recordResult(job: string, subject: string, output: Uint8Array): Promise<Uint8Array>;
  result(job: string, subject: string): Promise<Uint8Array | undefined>;

  recordVerdict(job: string, subject: string, verdict: RecordedVerdict): Promise<void>;
  verdict(job: string, subject: string): Promise<RecordedVerdict | undefined>;

  /** As with results, the first accusation stays, and is returned. */
  recordAccusation(job: string, subject: string, accusation: RecordedAccusation): Promise<RecordedAccusation>;
  accusation(job: string, subject: string): Promise<RecordedAccusation | undefined>;

  recordQualification(version: string, qualification: RecordedQualification): Promise<void>;
  qualification(version: string): Promise<RecordedQualification | undefined>;
}
