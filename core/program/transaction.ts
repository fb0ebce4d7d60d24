/** Largest gas limit of a transaction (EIP-7825). */
export const TRANSACTION_GAS = 2 ** 24;
/** Largest encoded transaction that nodes relay. */
export const TRANSACTION_BYTES = 128 * 1024;
