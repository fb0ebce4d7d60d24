import { inputError } from "../../core/errors.ts";
import { isLoopbackHost } from "../../core/uris.ts";

/** Where a model is fetched from: a file of this machine, or an address with what its host is told besides. */
export type ModelSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "url"; readonly url: URL; readonly token?: string; readonly isHub: boolean };

/** Hugging Face's own variables: another host that speaks its protocol, and a token for files that are not public. */
export interface HubAccess {
  readonly endpoint?: string;
  readonly token?: string;
}

const HUB = "https://huggingface.co";
const MAIN = "main";

/** Refuses an address that anybody on the way could change. */
export function requireSecure(url: URL): URL {
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname))) return url;
  throw inputError("IMPORT_SCHEME", `${url.protocol}//${url.host} is no address that a model is imported from`, {
    fix: "use an https:// address, hf://OWNER/REPOSITORY/FILE, or a path",
  });
}

/**
 * Reads what a publisher names: a path, an https address, or a file on Hugging Face, as `hf://OWNER/REPOSITORY[@REVISION]/FILE` or by
 * the address of its page or its download.
 */
export function parseModelSource(text: string, { endpoint = HUB, token }: HubAccess = {}): ModelSource {
  const hub = new URL(endpoint);
  const short = /^hf:\/\/([^/@]+)\/([^/@]+)(?:@([^/]+))?\/(.+)$/.exec(text);
  if (short !== null) {
    const [, owner, repository, revision = MAIN, file] = short;
    return hubFile(new URL(`${hub.href.replace(/\/$/, "")}/${owner}/${repository}/resolve/${revision}/${file}`), token);
  }
  if (text.startsWith("hf:")) {
    throw inputError("IMPORT_SOURCE", `"${text.slice(0, 80)}" names no file on Hugging Face`, { fix: "write hf://OWNER/REPOSITORY/FILE or hf://OWNER/REPOSITORY@REVISION/FILE" });
  }
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return { kind: "path", path: text };
  if (!URL.canParse(text)) throw inputError("IMPORT_SOURCE", `"${text.slice(0, 80)}" is no address`, { fix: "use an https:// address or a path" });
  const url = requireSecure(new URL(text));
  if (url.origin !== hub.origin) return { kind: "url", url, isHub: false };
  url.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, "$1/resolve/");
  return hubFile(url, token);
}

const hubFile = (url: URL, token?: string): ModelSource => ({ kind: "url", url: requireSecure(url), isHub: true, ...(token !== undefined && { token }) });
