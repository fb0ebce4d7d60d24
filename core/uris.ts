import { isDevelopmentChain } from "./developmentChain.ts";

/** Whether a host is one that only the machine itself can ask. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f.*\])$/i.test(hostname);
}

/** Addresses of one file, as they are published: separated by white space. */
export const splitUris = (uris: string): string[] => uris.split(/\s+/).filter((uri) => uri !== "");

/** Addresses tried for one file: whoever names more wastes nobody's time. */
export const MAX_ADDRESSES = 8;

/** What keeps a text from being a list of addresses with these schemes; undefined where nothing does. */
export function faultOfUris(uris: string, schemes: readonly string[]): string | undefined {
  const list = splitUris(uris);
  if (list.length === 0) return "names no address";
  if (list.length > MAX_ADDRESSES) return `names ${list.length} addresses, more than the ${MAX_ADDRESSES} that are tried`;
  for (const uri of list) {
    if (!URL.canParse(uri)) return `"${uri.slice(0, 80)}" is not a URI`;
    const scheme = new URL(uri).protocol.slice(0, -1);
    if (!schemes.includes(scheme)) return `"${uri.slice(0, 80)}" begins with ${scheme}:, not with ${schemes.map((one) => `${one}:`).join(" or ")}`;
  }
  return undefined;
}

/**
 * The first address that only this machine can read, where none of the list can be read by others. Whoever asks a chain of
 * this machine can ask the machine's servers as well.
 */
export function localOnly(uris: string, chainId: number): string | undefined {
  const list = splitUris(uris);
  const isLocal = (uri: string) => {
    const { protocol, hostname } = new URL(uri);
    return protocol === "file:" || (/^https?:$/.test(protocol) && isLoopbackHost(hostname) && !isDevelopmentChain(chainId));
  };
  return list.every(isLocal) ? list[0] : undefined;
}
