import type { Piece } from "../../core/dispute/proof.ts";

/** The answer of the contracts to one proof. */
export interface Verdict {
  /** Whether the element is inadmissible; undefined where the contracts reverted. */
  readonly convicts: boolean | undefined;
  /** Why there is no answer; empty where there is one. */
  readonly revert: string;
  /** Gas of the transaction; of the dearest where there are pieces. */
  readonly gas: number;
  /** Whether transactions of this gas and size exist on a real chain. */
  readonly fits: boolean;
}

/** The game on some chain, asked by transactions. */
export interface Judge {
  /**
   * @param pieces what goes before the proof of an element that is judged in several transactions
   * @param gasLimits of these transactions in their order; what a chain allows where there is none
   */
  judge(programRoot: string, traceRoot: string, proof: string, pieces?: readonly Piece[], gasLimits?: readonly number[]): Promise<Verdict>;
  close(): Promise<void>;
}
