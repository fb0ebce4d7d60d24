/** Prices of a dispute's moves, as DisputeGame computes them. Parts of a bond are rounded up. */
export interface Prices {
  readonly challengeFee: bigint;
  readonly challengeFeeBps: bigint;
  readonly demandFee: bigint;
  readonly demandDepositBps: bigint;
}

const BPS = 10_000n;
const partOf = (bond: bigint, bps: bigint): bigint => (bond * bps + BPS - 1n) / BPS;

export const challengePrice = ({ challengeFee, challengeFeeBps }: Prices, bond: bigint): bigint =>
  challengeFee + partOf(bond, challengeFeeBps);

/** The price of one demanded place. */
export const demandPrice = ({ demandFee, demandDepositBps }: Prices, bond: bigint): { fee: bigint; deposit: bigint } => ({
  fee: demandFee,
  deposit: partOf(bond, demandDepositBps),
});
