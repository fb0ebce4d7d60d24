import { getBytes, sha256 as digest } from "ethers";

/** SHA-256 where a browser runs. */
export const sha256 = (bytes: Uint8Array): Uint8Array => getBytes(digest(bytes));
