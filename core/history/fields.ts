import type { LogDescription, ParamType } from "ethers";
import type { EventFields } from "./types.ts";

/** Times and positions fit a number; other integers become decimal text, addresses and bytes lower case. */
const TIMES = new Set(["openBy", "deadline", "collectableAt", "revealBy", "until", "exitAt"]);

/** Characters of JSON up to which a field stands in lists of events. */
const LONGEST_FIELD = 1_024;

/** The fields of an event, or of a struct in one, by their names. */
export const plainFields = ({ fragment, args }: LogDescription): Record<string, unknown> => named(fragment.inputs, args);

const named = (inputs: readonly ParamType[], values: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(inputs.map((input, i) => [input.name, plain(input, values[i])]));

function plain(input: ParamType, value: unknown): unknown {
  if (typeof value === "bigint") return TIMES.has(input.name) ? Number(value) : value.toString();
  if (typeof value === "string") return input.type === "string" ? value : value.toLowerCase();
  if (input.components !== null) return named(input.components, value as readonly unknown[]);
  if (Array.isArray(value)) return Array.from(value as string[], (item) => item.toLowerCase());
  return value;
}

/** Those that stand in lists of events, and those that only the event itself has. */
export function splitFields(fields: EventFields): { readonly short: EventFields; readonly long: EventFields } {
  const entries = Object.entries(fields);
  const isLong = ([, value]: [string, unknown]): boolean => JSON.stringify(value).length > LONGEST_FIELD;
  return { short: Object.fromEntries(entries.filter((entry) => !isLong(entry))), long: Object.fromEntries(entries.filter(isLong)) };
}
