import { OpgError } from "../../sdk/errors.ts";
import { shortened } from "./data/published.ts";

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

/** What to tell a person of any error. */
export function explained(error: unknown): { readonly message: string; readonly remedy: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { message: shortened(message, LONGEST), remedy: error instanceof Fault || error instanceof OpgError ? error.remedy : "try again" };
}

/** Whether the same question may have another answer in a moment: not where it is no question at all. */
export const mayPass = (error: unknown): boolean => !(error instanceof OpgError && error.code === "INVALID_REQUEST");
