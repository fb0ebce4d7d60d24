import { OpgError } from "../../sdk/errors.ts";

/** Something that the page can't do, with the way out. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly remedy: string;

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
  }
}

/** Characters of a message that are shown: it may quote what others published. */
const LONGEST = 1_500;

/** How deep libraries wrap what a wallet of this page threw. */
const DEEPEST = 4;

/** What to tell a person of any error. */
export function explained(given: unknown): { readonly message: string; readonly remedy: string } {
  const error = faultIn(given) ?? given;
  const message = error instanceof Error ? error.message : String(error);
  return { message: message.length <= LONGEST ? message : `${message.slice(0, LONGEST)}…`, remedy: error instanceof Fault || error instanceof OpgError ? error.remedy : "try again" };
}

/** The Fault that an error is, or that a library wrapped. */
function faultIn(error: unknown, depth = 0): Fault | undefined {
  if (error instanceof Fault) return error;
  if (!(error instanceof Error) || depth > DEEPEST) return undefined;
  return faultIn(error.cause, depth + 1) ?? faultIn((error as { readonly error?: unknown }).error, depth + 1);
}

/** Whether the same question may have another answer in a moment: not where it is no question at all. */
export const mayPass = (error: unknown): boolean => !(error instanceof OpgError && error.code === "INVALID_REQUEST");
