import { sha256 } from "../core/digest.ts";
import type { Hex } from "../core/hex.ts";
import { MAX_ADDRESSES } from "../core/uris.ts";
import { bodyOf } from "./body.ts";
import { OpgError } from "./errors.ts";

/** Gives the bytes at an address; throws if it can't. */
export type FetchFile = (uri: string, most: number) => Promise<Uint8Array>;

/** Bytes of a published file that are read at most. */
const LARGEST = 256 << 20;

/** Milliseconds for one address. */
const PATIENCE = 60_000;

/** Where `ipfs://` addresses are asked for. */
const GATEWAY = "https://ipfs.io";

/** Over http and https, and IPFS by a public gateway. */
export const fetchFile: FetchFile = async (uri, most) => {
  const url = uri.replace(/^ipfs:\/\/(ipfs\/)?/, `${GATEWAY}/ipfs/`);
  if (!/^https?:/.test(url)) throw new Error("only http, https and ipfs are asked for");
  // Whoever published the address learns nothing of the page that asks, and is not asked in the name of whoever is signed in there.
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), credentials: "omit", referrerPolicy: "no-referrer" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return bodyOf(response, most);
};

/** The file with this SHA-256, from the first address that gives it. Throws with what was wrong at each of them. */
export async function publishedFile(what: string, uris: readonly string[], digest: Hex, from: FetchFile = fetchFile): Promise<Uint8Array> {
  const faults: string[] = [];
  for (const uri of uris.slice(0, MAX_ADDRESSES)) {
    try {
      const bytes = await from(uri, LARGEST);
      const actual = sha256(bytes);
      if (actual === digest) return bytes;
      faults.push(`${uri} gives bytes with the SHA-256 ${actual}`);
    } catch (error) {
      faults.push(`${uri}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new OpgError("FILE", `no address gives ${what} with the SHA-256 ${digest}: ${faults.join("; ") || "there is none"}`, "try again, or give the file yourself: `fetchFile`");
}
