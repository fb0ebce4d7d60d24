import { formatEther } from "ethers";
import type { Hex } from "../../core/hex.ts";
import { showOpg, showTime } from "../../core/words.ts";
import type { Bond, ChainCalls, ChainReader } from "../ports.ts";
import type { Planned } from "./preview.ts";

/** What an account has, and where it stands. Amounts in base units. */
export interface Account {
  readonly address: Hex;
  /** OPG in the account itself. */
  readonly balance: bigint;
  /** Native coin, which pays for gas. */
  readonly native: bigint;
  /** With the jobs registry: paid in by a requester, earned by an operator or a publisher. */
  readonly jobsBalance: bigint;
  /** With the dispute game: what challenges and demands are paid from, and what comes back of them. */
  readonly gameBalance: bigint;
  /** Rewards and compensations in the stake registry. */
  readonly credit: bigint;
  readonly bond: Bond;
}

export async function readAccount(reader: ChainReader, address: Hex): Promise<Account> {
  const { jobs, game } = reader.deployment;
  const [balance, native, jobsBalance, gameBalance, credit, bond] = await Promise.all([
    reader.tokenBalance(address),
    reader.nativeBalance(address),
    reader.ledgerBalance(jobs, address),
    reader.ledgerBalance(game, address),
    reader.creditOf(address),
    reader.bond(address),
  ]);
  return { address, balance, native, jobsBalance, gameBalance, credit, bond };
}

/** As it is shown with --json. */
export const accountJson = ({ bond, ...account }: Account): Record<string, unknown> => ({ ...account, ...bond });

export const line = (name: string, text: string): string => `${name.padEnd(9)} ${text}`;

export const walletLine = ({ balance, native }: Account): string => line("wallet", `${showOpg(balance)}, ${formatEther(native)} of the native coin`);
export const jobsLine = ({ jobsBalance }: Account): string => line("jobs", `${showOpg(jobsBalance)} with the jobs registry, for requests or from fees`);
export const gameLine = ({ gameBalance }: Account): string => line("game", `${showOpg(gameBalance)} with the dispute game, for challenges and demands or back from them`);
export const rewardsLine = ({ credit }: Account): string => line("rewards", `${showOpg(credit)} in rewards and compensations`);

export const bondLines = ({ bond: { bonded, locked, free, exiting, exitAt } }: Account): string[] => [
  line("bond", `${showOpg(bonded)}, ${showOpg(locked)} locked, ${showOpg(free)} free`),
  ...(exiting === 0n ? [] : [line("exiting", `${showOpg(exiting)} from ${showTime(exitAt)}`)]),
];

/** Places that an account's OPG can be withdrawn from. */
export const PLACES = ["jobs", "game", "rewards"] as const;
export type Place = (typeof PLACES)[number];

export const heldAt = (account: Account, place: Place): bigint =>
  ({ jobs: account.jobsBalance, game: account.gameBalance, rewards: account.credit })[place];

/** The transaction that sends OPG of the account from a place to an address. */
export function withdrawal(calls: ChainCalls, { jobs, game }: { jobs: Hex; game: Hex }, place: Place, to: Hex, amount: bigint): Planned {
  if (place === "rewards") return { kind: "withdraw rewards", call: calls.withdrawCredit(to, amount) };
  return place === "jobs"
    ? { kind: "withdraw from the jobs registry", call: calls.withdraw(jobs, to, amount) }
    : { kind: "withdraw from the game", call: calls.withdraw(game, to, amount) };
}
