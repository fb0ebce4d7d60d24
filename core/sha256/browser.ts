import { getBytes, sha256 as digest } from "ethers";

/** SHA-256 where a browser runs. */
export const sha256 = (bytes: Uint8Array): Uint8Array => getBytes(digest(bytes));

/** Writes the SHA-256 of `bytes` into a list of hashes, from byte `at` on. */
export const sha256Into = (bytes: Uint8Array, hashes: Uint8Array, at: number): void => hashes.set(sha256(bytes), at);
