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

/** Largest gas limit of a transaction (EIP-7825). */
export const TRANSACTION_GAS = 2 ** 24;
/** Largest encoded transaction that nodes relay. */
export const TRANSACTION_BYTES = 128 * 1024;
/** Room for everything in an encoded transaction that is not calldata, rounded up. */
const ENVELOPE_BYTES = 200;

/** Gas of a transaction with that calldata and execution (EIP-2028, EIP-7623). */
export function transactionGas(calldata: Uint8Array, execution: number): number {
  let zeros = 0;
  for (const byte of calldata) if (byte === 0) zeros++;
  const tokens = zeros + 4 * (calldata.length - zeros);
  return 21_000 + Math.max(4 * tokens + execution, 10 * tokens);
}

export const fitsTransaction = (calldata: Uint8Array, gas: number): boolean =>
  gas <= TRANSACTION_GAS && calldata.length + ENVELOPE_BYTES <= TRANSACTION_BYTES;
