import { formatEther, formatUnits } from "ethers";
import { isLoopbackHost } from "../uris.ts";

/** An account's means for its roles. Amounts in base units. */
export interface Standing {
  readonly operator: boolean;
  readonly bonded: bigint;
  readonly free: bigint;
  /** The smallest least bond of the served versions; undefined if none is published. */
  readonly leastBond: bigint | undefined;
  readonly native: bigint;
  readonly leastNative: bigint;
  /** The address at which tensors are served; undefined if it does not matter. */
  readonly publicUrl: string | undefined;
}

export interface Warning {
  readonly about: "bond" | "native" | "address";
  readonly text: string;
}

/** Gas of a dispute in which every tensor is withheld, of both sides together: at most 908,113 on the digits CNN. */
const DISPUTE_GAS = 1_000_000n;

/** The native coin that a dispute costs at the highest permitted price of gas. */
export const disputeCost = (maxFeePerGas: bigint): bigint => DISPUTE_GAS * maxFeePerGas;

/** The faults that keep an account from its roles, or would in a dispute. */
export function warningsOf(standing: Standing): readonly Warning[] {
  const { operator, bonded, free, leastBond, native, leastNative, publicUrl } = standing;
  const found: Warning[] = [];
  const warn = (about: Warning["about"], text: string) => found.push({ about, text });
  if (operator && bonded === 0n) warn("bond", "nothing is bonded, so that no job can be served; bond with: opg operator register --bond AMOUNT");
  else if (operator && leastBond !== undefined && free < leastBond) {
    warn("bond", `${formatUnits(free)} OPG of the bond are free, and no version that is served asks for less than ${formatUnits(leastBond)}; bond more with: opg operator bond AMOUNT`);
  }
  if (native < leastNative) {
    const least = `${formatEther(leastNative)} (operator.leastNative, or by default what a dispute costs at network.maxDisputeFeeGwei)`;
    warn("native", `the account holds ${formatEther(native)} of the native coin, less than ${least}; when it runs out, no challenge is made or answered`);
  }
  if (operator && publicUrl !== undefined && isLoopbackHost(new URL(publicUrl).hostname)) {
    warn("address", `tensors are served at ${publicUrl}, where nobody else can ask for them and would demand them on chain; set api.publicUrl (or OPG_PUBLIC_URL)`);
  }
  return found;
}
