export { fitsTransaction, TRANSACTION_BYTES, TRANSACTION_GAS, transactionGas } from "../core/dispute/transaction.ts";

import type { Piece } from "../core/dispute/proof.ts";

/** The answer of the contracts to one proof. */
export interface Verdict {
  /** Whether the element is inadmissible; undefined where the contracts reverted. */
  readonly convicts: boolean | undefined;
  /** Why there is no answer; empty where there is one. */
  readonly revert: string;
  /** Gas of the whole transaction; of the dearest where there are pieces. */
  readonly gas: number;
  /** Gas of the execution alone. */
  readonly execution: number;
  /** Whether transactions of this gas and size exist on a real chain. */
  readonly fits: boolean;
}

/** The verifier of elements on some chain. */
export interface Judge {
  /** @param pieces what goes before the proof of an element that is judged in several transactions */
  judge(programRoot: string, traceRoot: string, proof: string, pieces?: readonly Piece[]): Promise<Verdict>;
  close(): Promise<void>;
}
