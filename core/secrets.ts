import { utf8 } from "./bytes.ts";

const MASK = "[redacted]";

/** A value that no log line, error or JSON document shows by accident. `reveal` is the only way to it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

/** The second line of defence: texts that must not leave the process, removed from whatever is about to be written. */
export class Redactor {
  readonly #needles = new Set<string>();

  add(value: string): void {
    // A needle shorter than this would mutilate ordinary text; secrets in use here are never that short.
    if (value.length < 6) return;
    this.#needles.add(value);
    if (/^0x[0-9a-fA-F]{64}$/.test(value)) {
      const bare = value.slice(2);
      for (const form of [bare, bare.toLowerCase(), bare.toUpperCase()]) this.#needles.add(form);
    }
    const quoted = JSON.stringify(value).slice(1, -1);
    if (quoted !== value) this.#needles.add(quoted);
  }

  scrub(text: string): string {
    let clean = text;
    for (const needle of this.#needles) if (clean.includes(needle)) clean = clean.replaceAll(needle, MASK);
    return clean;
  }
}

/** A URL as it may be shown: who is talked to, without credentials, path or query, which often carry an API key. */
export function displayUrl(url: string): string {
  try {
    const parsed = new URL(url);
    return parsed.host === "" ? `${parsed.protocol}//…` : `${parsed.protocol}//${parsed.host}`;
  } catch {
    return "(not a URL)";
  }
}

/** Path segments and values of at least this length are taken for keys. */
const KEY_LENGTH = 12;

/** What a URL may carry that must not be shown: user and password in every form, long parts of the path, and the query. */
export function secretsOf(url: string): string[] {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return [];
  }
  const { username, password, pathname, search, searchParams } = parsed;
  const plain = [username, password].map(decoded);
  const pair = plain.join(":");
  const basic = pair === ":" ? [] : [pair, btoa(String.fromCharCode(...utf8(pair)))];
  const segments = [...pathname.split("/"), ...searchParams.values()].filter((part) => part.length >= KEY_LENGTH);
  return [username, password, ...plain, ...basic, search, ...segments].filter((part) => part !== "");
}

/** A part of a URL as it was meant; one that is not encoded by the rules stands for itself. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
