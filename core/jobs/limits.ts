import { countOf, showOpg } from "../words.ts";

/** The limits of a deployment. */
export interface Limits {
  readonly maxWindow: number;
  readonly maxServePeriod: number;
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly maxCallbackGas: number;
  readonly maxShareBps: number;
}

/** What a version asks of a job. */
export interface Offer {
  readonly price: bigint;
  readonly minBond: bigint;
  readonly minWindow: number;
}

export interface TermsFault {
  /** The option that the value came from. */
  readonly option: string;
  readonly problem: string;
}

const faultsOf = (...found: readonly (TermsFault | false)[]): TermsFault[] => found.filter((fault) => fault !== false);

/** Why a registry would not take a request. `serveWithin` is the time to serve it in, `inline` the bytes that are sent along. */
export function faultsOfRequest(
  { fee, bond, window, callbackGas, serveWithin, inline }: {
    readonly fee: bigint;
    readonly bond: bigint;
    readonly window: number;
    readonly callbackGas: number;
    readonly serveWithin: number;
    readonly inline: number;
  },
  offer: Offer,
  limits: Limits,
): TermsFault[] {
  const { maxWindow, maxServePeriod, maxCallbackGas, maxInputBytes } = limits;
  return faultsOf(
    fee < offer.price && { option: "--fee", problem: `${showOpg(fee)} is less than the version's price, ${showOpg(offer.price)}` },
    bond < offer.minBond && { option: "--bond", problem: `${showOpg(bond)} is less than the version's least bond, ${showOpg(offer.minBond)}` },
    window < offer.minWindow && { option: "--window", problem: `${window} s is less than the version's least window, ${offer.minWindow} s` },
    window > maxWindow && { option: "--window", problem: `${window} s is more than the registry takes, ${maxWindow} s` },
    callbackGas > maxCallbackGas && { option: "--callback-gas", problem: `${callbackGas} gas is more than the registry takes, ${maxCallbackGas}` },
    serveWithin < 1 && { option: "--deadline", problem: "it leaves no time to serve the job" },
    serveWithin > maxServePeriod && { option: "--deadline", problem: `${serveWithin} s from now is more than the registry takes, ${maxServePeriod} s` },
    inline > maxInputBytes && {
      option: "--input",
      problem: `${countOf(inline, "byte")} are more than go along with a request, ${maxInputBytes}: serve them over http and name the address with --input-uri`,
    },
  );
}

/** The reason why a version would be refused, or why none of its jobs could ever be asked for or answered, if there is one. */
export function faultsOfOffer(
  { minWindow, shareBps, outputBytes }: { readonly minWindow: number; readonly shareBps: number; readonly outputBytes: number },
  { maxWindow, maxShareBps, maxOutputBytes }: Limits,
): TermsFault[] {
  return faultsOf(
    minWindow < 1 && { option: "--min-window", problem: "a window has 1 s at least" },
    minWindow > maxWindow && { option: "--min-window", problem: `${minWindow} s is more than the jobs registry takes, ${maxWindow} s: no job could be asked for` },
    shareBps > maxShareBps && { option: "--share", problem: `${shareBps} basis points are more than a publisher may take, ${maxShareBps}` },
    outputBytes > maxOutputBytes && {
      option: "the model",
      problem: `its outputs have ${countOf(outputBytes, "byte")}, and the jobs registry takes ${maxOutputBytes}: no job could be answered`,
    },
  );
}
