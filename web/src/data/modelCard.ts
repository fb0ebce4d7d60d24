import { MAX_ADDRESSES, splitUris } from "../../../core/uris.ts";
import { fetchFile } from "../../../sdk/files.ts";
import { Fault } from "../fault.ts";
import { shortened, visible } from "./published.ts";

/** Bytes of a card at most: it is a page of text. */
const LARGEST = 256 << 10;

/** Characters of one statement and of a name, statements, and statements within others, that are shown. */
const LONGEST = 2_000;
const LONGEST_NAME = 120;
const MOST = 60;
const DEEPEST = 3;

/** What a card says: plain text, whatever stands in the file. All of it is the owner's word. */
export interface ModelCard {
  readonly title?: string;
  readonly description?: string;
  readonly statements: readonly (readonly [name: string, value: string])[];
}

/** The card from the first of its addresses that gives JSON. Throws with what was wrong at each. */
export async function readCard(uris: string): Promise<unknown> {
  const faults: string[] = [];
  for (const uri of readable(uris).slice(0, MAX_ADDRESSES)) {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await bytesAt(uri)));
    } catch (error) {
      faults.push(`${shortened(uri, 100)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Fault(`no address gives the model's card: ${faults.join("; ") || "none of them can be asked by a browser"}`, "ask the model's owner for it");
}

async function bytesAt(uri: string): Promise<Uint8Array> {
  if (!uri.startsWith("data:")) return fetchFile(uri, LARGEST);
  if (uri.length > 2 * LARGEST) throw new Error(`it has more than ${LARGEST} bytes`);
  return new Uint8Array(await (await fetch(uri)).arrayBuffer());
}

/** The addresses that a browser can ask. */
export const readable = (uris: string): string[] => splitUris(uris).filter((uri) => /^(data|https?|ipfs):/.test(uri) && URL.canParse(uri));

/**
 * Whether reading a card tells nobody of it who does not know already: it stands in its address, or on a machine that the page asks
 * anyway.
 */
export function isAtHand(uris: string, known: readonly string[]): boolean {
  const hosts = new Set(known.map((url) => new URL(url).hostname));
  const list = readable(uris);
  return list.length > 0 && list.every((uri) => uri.startsWith("data:") || (!uri.startsWith("ipfs:") && hosts.has(new URL(uri).hostname)));
}

/** The statements of a card, as text; what is within others stands under their names. */
export function statementsIn(card: unknown): ModelCard {
  if (!isRecord(card)) return { statements: [] };
  const { title, name, description, ...rest } = card;
  const heading = typeof title === "string" ? title : name;
  return {
    ...(typeof heading === "string" && { title: visible(heading, LONGEST_NAME) }),
    ...(typeof description === "string" && { description: visible(description, LONGEST) }),
    statements: flat(rest).slice(0, MOST),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

function flat(record: Readonly<Record<string, unknown>>, under = "", depth = 0): (readonly [string, string])[] {
  return Object.entries(record).flatMap(([name, value]): (readonly [string, string])[] => {
    const path = visible(under === "" ? name : `${under}: ${name}`, LONGEST_NAME);
    // "accuracy": { "right": 358, "total": 360 } is one statement.
    if (isRecord(value) && typeof value.right === "number" && typeof value.total === "number") return [[path, `${value.right} of ${value.total} right`]];
    if (isRecord(value)) return depth === DEEPEST ? [[path, "…"]] : flat(value, path, depth + 1);
    return [[path, visible(Array.isArray(value) ? value.slice(0, LONGEST).map(inWords).join("; ") : String(value), LONGEST)]];
  });
}

/** An item of a list: its own statements, where it has some. */
const inWords = (item: unknown): string =>
  isRecord(item) ? Object.entries(item).slice(0, MOST).map(([name, value]) => `${name} ${inJson(value)}`).join(", ") : typeof item === "object" ? inJson(item) : String(item);

/** Rationale: `String` of a list asks what is in it how it reads, which a card can make go wrong, and JSON of one that is nested too deeply ends the stack. */
function inJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "…";
  }
}
