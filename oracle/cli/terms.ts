import { inputError } from "../../core/errors.ts";
import type { TermsFault } from "../../core/jobs/limits.ts";
import { faultOfUris, localOnly } from "../../core/uris.ts";

/** Refuses terms with all that is wrong with them. */
export function requireTerms(faults: readonly TermsFault[]): void {
  if (faults.length === 0) return;
  const lines = faults.map(({ option, problem }) => `${option}: ${problem}`);
  const message = lines.length === 1 ? lines[0] : `these terms would be refused:\n  ${lines.join("\n  ")}`;
  throw inputError("TERMS", message, { fix: `correct ${[...new Set(faults.map(({ option }) => option))].join(", ")}`, details: { faults } });
}

export const LOCAL_FILES = "take addresses that only this machine can read, as file: ones: for a chain on this machine";

export function requireUris(uris: string, option: string, schemes: readonly string[]): string {
  const fault = faultOfUris(uris, schemes);
  if (fault !== undefined) throw inputError("URI", `${option} ${fault}`, { fix: `correct ${option}` });
  return uris;
}

/** INVARIANT: an address that nobody else can read is published only where that is meant. */
export function requireReadable(uris: string, option: string, chainId: number): void {
  const local = localOnly(uris, chainId);
  if (local === undefined) return;
  throw inputError("URI_LOCAL", `${option} names ${local}, which only this machine can read`, {
    fix: `name an address that others can read with ${option} (or set api.publicUrl, where a daemon of this machine serves it); on a chain of your own, add --local-files`,
  });
}
