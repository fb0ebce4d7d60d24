import type { Hex } from "../../core/hex.ts";

/** Files from outside: never longer than agreed, and always with the right digest. */
export interface Files {
  /**
   * A published file, by its SHA-256: from the local cache, else from one of the addresses in `uris` (file, http, https or
   * ipfs), which are tried in turn.
   */
  published(uris: string, sha256: Hex, maxBytes: number): Promise<Uint8Array>;
  /**
   * Bytes that somebody serves over http, https or ipfs: exactly `length` of them, and accepted by `isWanted`. If no address
   * has them, this is never final: they may be there a moment later.
   */
  download(uris: string, length: number, isWanted?: (bytes: Uint8Array) => boolean): Promise<Uint8Array>;
}
