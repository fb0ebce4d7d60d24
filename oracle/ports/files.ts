import type { Hex } from "../../core/hex.ts";

/** Content from outside, never more than was agreed to and always what its digest says. */
export interface Files {
  /**
   * A published file, by its SHA-256: from the local cache, else from one of the addresses in `uris` (file, http, https or
   * ipfs), which are tried in turn.
   */
  published(uris: string, sha256: Hex, maxBytes: number): Promise<Uint8Array>;
  /**
   * Bytes that somebody serves over http, https or ipfs: exactly `length`, and what is wanted by `isWanted`. That none of
   * the addresses has them is never final: they may be there a moment later.
   */
  download(uris: string, length: number, isWanted?: (bytes: Uint8Array) => boolean): Promise<Uint8Array>;
}
