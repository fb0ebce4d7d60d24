/** The least terms of a job of a version. Amounts in base units of OPG, window in seconds, share in basis points. */
export interface Quote {
  readonly price: bigint;
  readonly minBond: bigint;
  readonly minWindow: number;
  readonly shareBps: number;
  /** False for an unknown or deprecated version. */
  readonly open: boolean;
}
