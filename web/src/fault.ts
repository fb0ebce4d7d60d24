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

/** What to tell a person of any error. */
export function explained(error: unknown): { readonly message: string; readonly remedy: string } {
  if (error instanceof Fault || error instanceof OpgError) return { message: error.message, remedy: error.remedy };
  return { message: error instanceof Error ? error.message : String(error), remedy: "try again" };
}
