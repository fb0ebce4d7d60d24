import { refusedError } from "../errors.ts";
import type { Hex } from "../hex.ts";

/** Code hashes of a verifier and of the families that it routes to, by the high byte of their opcodes, from 1. */
export interface JudgeCode {
  readonly verifier: Hex;
  readonly families: readonly Hex[];
}

/** The verifier and the families of a release. */
export interface Release extends JudgeCode {
  readonly release: string;
}

/** A verifier on a chain. If its own code is unknown, nothing more is read of it. */
export interface Judge {
  readonly address: Hex;
  /** Without families if no release has as many. */
  readonly code: JudgeCode;
  /** Addresses of the families. */
  readonly families: readonly Hex[];
  /** The release that has this code. */
  readonly release?: string;
  /** The releases that it was compared with. */
  readonly known: readonly Release[];
}

/**
 * The release that a verifier is from. All of its families must match, whatever a program uses: the deployer chose the
 * table by which a verifier routes, and one foreign family in it could convict anybody.
 */
export function releaseOf(code: JudgeCode, known: readonly Release[]): string | undefined {
  const same = ({ verifier, families }: Release) =>
    verifier === code.verifier && families.length === code.families.length && families.every((hash, i) => hash === code.families[i]);
  return known.find(same)?.release;
}

/** Refuses an unknown verifier by name: publishers choose verifiers, and a hostile one convicts honest operators or acquits liars. */
export function requireKnown({ address, code, families, release, known }: Judge): string {
  if (release !== undefined) return release;
  const own = known.filter(({ verifier }) => verifier === code.verifier);
  const strange = code.families.flatMap((hash, i) =>
    own.some((r) => r.families[i] === hash) ? [] : [`family ${i + 1} at ${families[i]} has code ${hash}`],
  );
  const what =
    own.length === 0
      ? `has code ${code.verifier}`
      : `routes to ${strange.join(", ") || `${families.length} families, as no release does`}`;
  const knows = known.map((r) => `${r.release}: ${own.length === 0 ? r.verifier : r.families.join(" ")}`).join("; ");
  throw refusedError("VERIFIER_UNKNOWN", `the version is judged by the verifier ${address}, which ${what}; known are ${knows}`, {
    fix: "use a version that names a known verifier, or update this program if its verifier is of a later release",
  });
}
