import { sha256 as digest } from "#sha256.ts";
import { toHex } from "./bytes.ts";

/** SHA-256 of a file, as it is stated. */
export const sha256 = (bytes: Uint8Array): string => toHex(digest(bytes));
