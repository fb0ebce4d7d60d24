import { bitsOf } from "../../../core/math/float32.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { bitsAt, canonicalBytes } from "../../support/opCase.ts";
import type { Claim, Special } from "./cases.ts";

/** Claims that are tried of every float32 element; zeros and NaN in the form in which they are committed and in another. */
const PROBES: readonly Claim[] = [0, -0, 1, -1, 2 ** 100, -(2 ** 100), 3e38, -3e38, 2 ** -140, NaN, 0xffc00001n, Infinity, -Infinity];

/** The bits of a claim. */
export function bitsOfClaim(dtype: DType, claim: Claim): bigint {
  if (typeof claim === "bigint") return claim;
  return dtype === DType.float32 ? BigInt(bitsOf(Math.fround(claim))) : BigInt.asUintN(8 * widthOf(dtype), BigInt(claim));
}

/** Bits as they are committed. */
export function canonicalBits(dtype: DType, bits: bigint): bigint {
  const raw = new Uint8Array(new BigUint64Array([bits]).buffer).subarray(0, widthOf(dtype));
  return bits >> BigInt(8 * widthOf(dtype)) === 0n ? bitsAt(canonicalBytes(dtype, raw), dtype, 0) : bits;
}

/** All that is tried of a type: every value of a small one. */
function probesOf(dtype: DType): readonly Claim[] {
  const width = 8 * widthOf(dtype);
  if (dtype === DType.float32) return PROBES;
  if (width === 8) return Array.from({ length: 256 }, (_, value) => value);
  return [0n, 1n, 5n, 0x7fn, 0x80n, 0xffn, (1n << BigInt(width - 1)) - 1n, 1n << BigInt(width - 1), (1n << BigInt(width)) - 1n];
}

/** Every claim that is tried of a special case, with its verdict. */
export function tried({ of, leaves, not = [] }: Special): readonly { readonly claimed: bigint; readonly admissible: boolean }[] {
  const { dtype } = of.node.output;
  const bits = (claims: readonly Claim[]): bigint[] => claims.map((claim) => bitsOfClaim(dtype, claim));
  const left = new Set(bits(leaves).map((claimed) => canonicalBits(dtype, claimed)));
  const all = new Set([...bits(leaves), ...bits(not), ...bits(probesOf(dtype))]);
  return [...all].map((claimed) => ({ claimed, admissible: left.has(canonicalBits(dtype, claimed)) }));
}
