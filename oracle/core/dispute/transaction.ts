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
  return gasOf(zeros + 4 * (calldata.length - zeros), execution);
}

/** The same with the dearest calldata of that length. */
export const transactionGasAtMost = (bytes: number, execution: number): number => gasOf(4 * bytes, execution);

const gasOf = (tokens: number, execution: number): number => 21_000 + Math.max(4 * tokens + execution, 10 * tokens);

export const fitsTransaction = (calldata: Uint8Array, gas: number): boolean =>
  gas <= TRANSACTION_GAS && calldata.length + ENVELOPE_BYTES <= TRANSACTION_BYTES;
