import { formatUnits } from "ethers";

/** Seconds beyond which a date has no ISO form. */
const LAST_SECOND = 8_640_000_000_000n;

/** A second of the chain's clock, for people. */
export function showTime(seconds: number | bigint): string {
  if (BigInt(seconds) > LAST_SECOND) return `second ${seconds}`;
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}

/** An amount in base units, for people. */
export const showOpg = (amount: bigint): string => `${formatUnits(amount)} OPG`;

/** "1 fault", "2 faults". */
export const countOf = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
