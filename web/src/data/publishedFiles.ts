import { sha256 } from "../../../core/digest.ts";
import type { IndexedVersion } from "../../../core/history/types.ts";
import { splitUris } from "../../../core/uris.ts";
import { fetchFile as overNetwork, type FetchFile } from "../../../sdk/files.ts";

/** What of a version says which its two files are. */
export type FilesOf = Pick<IndexedVersion, "fileDigest" | "programDigest" | "fileURI" | "programURI">;

/** Files that are kept at most. */
const MOST_KEPT = 6;

/** Published files by their SHA-256, fetched once or given by the person at the page. */
export class PublishedFiles {
  readonly #kept = new Map<string, Uint8Array>();

  /** Keeps a file. Returns its SHA-256. */
  keep(bytes: Uint8Array): string {
    const digest = sha256(bytes);
    this.#kept.delete(digest);
    this.#kept.set(digest, bytes);
    for (const oldest of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(oldest);
    return digest;
  }

  has(digest: string): boolean {
    return this.#kept.has(digest);
  }

  /** What fetches a version's files, and anything else, unless it is kept. */
  fetcher({ fileDigest, programDigest, fileURI, programURI }: FilesOf): FetchFile {
    const digests = new Map([
      ...splitUris(fileURI).map((uri) => [uri, fileDigest] as const),
      ...splitUris(programURI).map((uri) => [uri, programDigest] as const),
    ]);
    return async (uri, most) => {
      const digest = digests.get(uri);
      const kept = digest === undefined ? undefined : this.#kept.get(digest);
      if (kept !== undefined) return kept;
      const bytes = await overNetwork(uri, most);
      if (digest !== undefined) this.keep(bytes);
      return bytes;
    };
  }
}

/** Whether a browser can ask at none of these addresses. */
export const isOutOfReach = (uris: string): boolean => !splitUris(uris).some((uri) => /^(https?|ipfs):/.test(uri));
