import type { Tally } from "../../../../core/history/types.ts";

const BASIS_POINTS = 10_000n;

/** Basis points as a percentage. */
export const percent = (bps: number): string => `${bps / 100} %`;

/**
 * What the publisher has of the jobs of a version: the share of the fees of those that became final. Every job's share is rounded down
 * by itself (docs/protocol.md §3), so this may be some base units too much.
 */
export function revenueOf(record: readonly Tally[], shareBps: number): bigint {
  const fees = record.reduce((sum, { status, fees: paid }) => (status === "Final" || status === "FinalUndelivered" ? sum + BigInt(paid) : sum), 0n);
  return (fees * BigInt(shareBps)) / BASIS_POINTS;
}
