import { readSource } from "../instrument/compile.ts";

/** The files of the model, bottom first. */
const MODEL = ["Parties", "LedgerModel", "WorldClock", "LedgerMoves", "JobMoves", "DisputeMoves", "World"];

/** What the model says when something is wrong, in the order of its text. */
export function readChecks(): string[] {
  const text = MODEL.map((file) => readSource(`test/solidity/invariant/${file}.sol`)).join("");
  const said = text.matchAll(/\b(?:eq|yes|_mustFail)\([^;]*?"([^"]+)"\)*;|\b(?:breach = |string\.concat\()"([^"]+)"/g);
  return [...new Set([...said].map(([, plain, other]) => (plain ?? other).replace(/: $/, "")))];
}

/** The check that a failure's reason names: what a call reverts with is no check. */
export function checkOf(reason: string, checks: readonly string[]): string | undefined {
  const said = /\bNot(?:Equal|True)\("([^"]*)/.exec(reason)?.[1];
  return checks.find((check) => said === check || said?.startsWith(`${check}: `));
}
