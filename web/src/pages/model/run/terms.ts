import type { Hex } from "../../../../../core/hex.ts";
import type { Quote } from "../../../../../core/jobs/quote.ts";
import type { Funding } from "../../../../../sdk/jobs/funds.ts";
import { Fault } from "../../../fault.ts";

/** The terms of a request as they are written in a form; empty where the version's own are meant. */
export interface TermsDraft {
  readonly fee: string;
  readonly bond: string;
  /** Seconds. */
  readonly window: string;
  readonly serveWithin: string;
  readonly operator: string;
  readonly funding: Funding;
}

export const DEFAULT_TERMS: TermsDraft = { fee: "", bond: "", window: "", serveWithin: "300", operator: "", funding: "permit" };

/** Terms as the kit takes them. */
export interface Terms {
  readonly fee: bigint;
  readonly bond: bigint;
  readonly window: number;
  readonly serveWithin: number;
  readonly operator?: Hex;
  readonly funding: Funding;
}

/** The terms, with the least that the version takes where nothing is written. Throws a Fault that names the field. */
export function termsOf(draft: TermsDraft, quote: Pick<Quote, "price" | "minBond" | "minWindow">): Terms {
  const fee = amountOf("the fee", draft.fee, quote.price);
  const bond = amountOf("the bond", draft.bond, quote.minBond);
  const window = secondsOf("the window", draft.window, quote.minWindow, quote.minWindow);
  const serveWithin = secondsOf("the time to serve it in", draft.serveWithin, 300, 1);
  const operator = draft.operator.trim().toLowerCase();
  if (operator !== "" && !/^0x[0-9a-f]{40}$/.test(operator)) throw new Fault(`"${operator.slice(0, 60)}" is no address of an operator`, "write 0x and 40 hexadecimal digits, or leave it empty for any operator");
  return { fee, bond, window, serveWithin, ...(operator !== "" && { operator: operator as Hex }), funding: draft.funding };
}

const DECIMALS = 18;

/** OPG with up to 18 decimals as base units. */
function amountOf(what: string, text: string, least: bigint): bigint {
  const written = text.trim();
  if (written === "") return least;
  const parts = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(written);
  if (parts === null) throw new Fault(`${what} is "${written.slice(0, 40)}", which is no amount of OPG`, "write digits, and a point before up to 18 decimals");
  const amount = BigInt(parts[1]) * 10n ** BigInt(DECIMALS) + BigInt((parts[2] ?? "").padEnd(DECIMALS, "0"));
  if (amount < least) throw new Fault(`${what} is ${written} OPG: the version takes ${opgOf(least)} OPG at least`, "write more, or leave it empty for the least");
  return amount;
}

function secondsOf(what: string, text: string, none: number, least: number): number {
  const written = text.trim();
  if (written === "") return none;
  if (!/^\d{1,9}$/.test(written)) throw new Fault(`${what} is "${written.slice(0, 40)}", which is no number of seconds`, "write whole seconds");
  if (Number(written) < least) throw new Fault(`${what} is ${written} s: it takes ${least} s at least`, "write more, or leave it empty");
  return Number(written);
}

/** Base units as OPG with all their decimals. */
export function opgOf(amount: bigint): string {
  const unit = 10n ** BigInt(DECIMALS);
  const fraction = (amount % unit).toString().padStart(DECIMALS, "0").replace(/0+$/, "");
  return fraction === "" ? String(amount / unit) : `${amount / unit}.${fraction}`;
}
