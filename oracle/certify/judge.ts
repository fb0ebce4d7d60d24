export { fitsTransaction, TRANSACTION_BYTES, TRANSACTION_GAS, transactionGas } from "../core/dispute/transaction.ts";

/** The answer of the contracts to one proof. */
export interface Verdict {
  /** Whether the element is inadmissible; undefined where the contracts reverted. */
  readonly convicts: boolean | undefined;
  /** Why there is no answer; empty where there is one. */
  readonly revert: string;
  /** Gas of the whole transaction. */
  readonly gas: number;
  /** Gas of the execution alone. */
  readonly execution: number;
  /** Whether a transaction of this gas and size exists on a real chain. */
  readonly fits: boolean;
}

/** The verifier of elements on some chain. */
export interface Judge {
  judge(programRoot: string, traceRoot: string, proof: string): Promise<Verdict>;
  close(): Promise<void>;
}
