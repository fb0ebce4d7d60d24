import { fail, type Finding } from "../../core/checkup.ts";
import { OpgError } from "../../core/errors.ts";
import { fromSystem, reasonOf } from "../../core/systemErrors.ts";

/** Roles that the account is looked at for. */
export interface Roles {
  readonly operator: boolean;
  readonly watcher: boolean;
}

/** What somebody has to do about an error. */
export function fixOf(error: unknown, otherwise: string): string {
  return (error instanceof OpgError ? error : fromSystem(error))?.fix ?? otherwise;
}

/** A check that throws has found something: what it throws. */
export async function check(about: string, look: () => Promise<Finding | readonly Finding[]> | Finding | readonly Finding[], otherwise = "see what it says"): Promise<readonly Finding[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    const known = error instanceof OpgError ? error : fromSystem(error);
    return [fail(about, known?.message ?? reasonOf(error), fixOf(error, otherwise))];
  }
}
