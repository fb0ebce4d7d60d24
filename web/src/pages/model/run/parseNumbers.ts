import type { Nested, Scalar } from "../../../../../sdk/tensors/values.ts";
import { Fault } from "../../../fault.ts";

/** Characters that are read: more numbers come as a file. */
const LONGEST = 20_000_000;

const REMEDY = "write numbers with commas, spaces or new lines between them, or lists as in JSON";

/**
 * Numbers as people write or paste them: with commas, semicolons, white space or new lines between them, or as lists within lists, as
 * in JSON. Whole numbers that a JavaScript number does not hold are bigints. Throws a Fault that names what is no number.
 */
export function parseNumbers(text: string): Nested {
  if (text.length > LONGEST) throw new Fault(`the text has more than ${LONGEST.toLocaleString("en")} characters`, "give the numbers as a file of raw bytes");
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (trimmed.startsWith("[")) return parseLists(trimmed);
  return trimmed.split(/[\s,;]+/).flatMap((word, i) => (word === "" ? [] : [scalarOf(word, i)]));
}

function scalarOf(word: string, place: number): Scalar {
  if (word === "true" || word === "false") return word === "true";
  const number = Number(word);
  // `Number` also takes "0x1f" and "Infinity".
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) throw new Fault(`number ${place + 1} is "${word.slice(0, 40)}", which is no number`, REMEDY);
  return /^[+-]?\d+$/.test(word) && !Number.isSafeInteger(number) ? BigInt(word) : number;
}

function parseLists(text: string): Nested {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, exact);
  } catch (cause) {
    throw new Fault(`the lists cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, REMEDY, cause);
  }
  check(parsed);
  return parsed as Nested;
}

/** A reviver that keeps whole numbers exact, where the browser hands on what stands in the text. */
function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isRounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "");
  return isRounded ? BigInt(context!.source!) : value;
}

function check(part: unknown): void {
  if (Array.isArray(part)) part.forEach(check);
  else if (!["number", "bigint", "boolean"].includes(typeof part)) throw new Fault(`${JSON.stringify(part).slice(0, 40)} in a list is no number`, REMEDY);
}
