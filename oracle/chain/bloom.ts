import { getBytes, keccak256 } from "ethers";
import type { Hex } from "../../core/hex.ts";

/**
 * The bloom filter of a block's header (yellow paper 4.3.1): for every address and topic in its logs, the low 11 bits of
 * each of the first three pairs of bytes of the value's Keccak-256 name a bit of 2,048 that is set. So a filter can say
 * that there is no such log, or that there may be one.
 */
function bitsOf(value: Hex): readonly number[] {
  const hash = getBytes(keccak256(value));
  return [0, 2, 4].map((at) => ((hash[at] << 8) | hash[at + 1]) & 2047);
}

/** A question to blooms: whether there may be a log of one of these addresses with one of these first topics. */
export function bloomQuestion(addresses: readonly Hex[], topics: readonly Hex[]): (bloom: Hex) => boolean {
  const sets = [addresses, topics].map((values) => values.map(bitsOf));
  return (bloom) => {
    const bytes = getBytes(bloom);
    // Bit 0 is the lowest of the last byte.
    const isSet = (bit: number) => (bytes[255 - (bit >> 3)] & (1 << (bit & 7))) !== 0;
    return sets.every((values) => values.some((bits) => bits.every(isSet)));
  };
}
