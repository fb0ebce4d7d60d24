import { readSource } from "../instrument/compile.ts";

const MODEL = "test/solidity/invariant/World.sol";

/** What the model says when something is wrong, in the order of its text. */
export function readChecks(): string[] {
  const said = readSource(MODEL).matchAll(/\b(?:eq|yes|_mustFail)\([^;]*?"([^"]+)"\)*;|\b(?:breach = |string\.concat\()"([^"]+)"/g);
  return [...new Set([...said].map(([, plain, other]) => (plain ?? other).replace(/: $/, "")))];
}

/** The check that a failure's reason names: what a call reverts with is no check. */
export function checkOf(reason: string, checks: readonly string[]): string | undefined {
  const said = /\bNot(?:Equal|True)\("([^"]*)/.exec(reason)?.[1];
  return checks.find((check) => said === check || said?.startsWith(`${check}: `));
}
