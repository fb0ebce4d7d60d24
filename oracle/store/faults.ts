/**
 * What an error of a database means for whoever uses it, by its SQLSTATE, its errno, or where a driver gives neither,
 * its words. Everything that is not in this table is a fault of this program.
 */
export type StoreFault =
  /** The connection or the server is gone for the moment; whether a commit under way was made is unknown. */
  | "unreachable"
  /** The server is there and cannot do it now. */
  | "busy"
  /** No room on the disk. */
  | "full"
  /** What was written is no longer there. */
  | "emptied"
  /** What is there is not what was written. */
  | "broken";

const CODES: Readonly<Record<StoreFault, readonly string[]>> = {
  unreachable: [
    ...["57P01", "57P02", "57P03", "57P05", "25P03"],
    // A standby, or a primary that became one.
    "25006",
    ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN"],
    ...["ENOTFOUND", "EAI_AGAIN"],
  ],
  busy: ["40001", "40P01", "53200", "53300", "53400", "55006", "55P03", "57014", "42501", "EMFILE", "ENFILE", "ENOMEM"],
  full: ["53100", "ENOSPC", "EDQUOT"],
  emptied: ["42P01", "42703", "3F000", "3D000", "57P04"],
  broken: ["58030", "58P01", "F0000", "EIO"],
};

const CLASSES: readonly (readonly [string, StoreFault])[] = [
  ["08", "unreachable"],
  // The server lets this user in no longer: until somebody sets that right, it is as if it were away.
  ["28", "unreachable"],
  ["XX", "broken"],
];

const WORDS: readonly (readonly [RegExp, StoreFault])[] = [
  [/connection terminated|connection ended|not queryable|timeout expired|timeout exceeded|read timeout|client was closed/i, "unreachable"],
  [/no space left on device|disk quota exceeded/i, "full"],
  [/PGlite failed to initialize|^Aborted\(|^unreachable$|INITDB failed/, "broken"],
];

/** Names of errors with which WebAssembly ends. */
const CRASHES = new Set(["RuntimeError", "ExitStatus"]);

interface Told {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly severity?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** The error and what it was made of: drivers wrap what happened, and a connection fails at several addresses at once. */
function* chain(error: unknown, depth = 0): Generator<Told> {
  if (typeof error !== "object" || error === null || depth > 8) return;
  const told = error as Told;
  yield told;
  yield* chain(told.cause, depth + 1);
  if (Array.isArray(told.errors)) for (const each of told.errors) yield* chain(each, depth + 1);
}

function faultOfOne({ name, code, message, cause }: Told): StoreFault | undefined {
  if (typeof code === "string") {
    for (const fault of Object.keys(CODES) as StoreFault[]) if (CODES[fault].includes(code)) return fault;
    if (/^[0-9A-Z]{5}$/.test(code)) return CLASSES.find(([prefix]) => code.startsWith(prefix))?.[1];
  }
  // What wraps another error repeats the query and its values.
  if (typeof message === "string" && cause === undefined) {
    const found = WORDS.find(([words]) => words.test(message));
    if (found !== undefined) return found[1];
  }
  return CRASHES.has(String(name)) ? "broken" : undefined;
}

export function faultOf(error: unknown): StoreFault | undefined {
  for (const told of [...chain(error)].reverse()) {
    const fault = faultOfOne(told);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Whether the session in which this happened can be used no more. */
export function endsSession(error: unknown): boolean {
  const severe = [...chain(error)].some(({ name, severity }) => severity === "FATAL" || severity === "PANIC" || CRASHES.has(String(name)));
  return severe || faultOf(error) === "unreachable";
}

/** The words of what happened in the end, without the query and its values. */
export function reasonOf(error: unknown): string {
  const messages = [...chain(error)].map(({ message }) => message).filter((message) => typeof message === "string" && message !== "");
  return messages.length === 0 ? String(error) : String(messages.at(-1));
}
