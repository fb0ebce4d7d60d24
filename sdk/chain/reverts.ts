import { Interface, type LogDescription } from "ethers";
import { explainError, INNER_ERRORS, isContractError } from "../../core/contractErrors.ts";
import type { Hex } from "../../core/hex.ts";
import { OpgError } from "../errors.ts";
import { gameInterface, jobsInterface, lensInterface, modelsInterface, stakesInterface, tokenInterface, verifierInterface } from "./contracts.ts";

/** All errors that a call of any contract may end in. The example of a consumer is no part of a deployment, but often called. */
const KNOWN: readonly Interface[] = [
  ...[jobsInterface, gameInterface, modelsInterface, stakesInterface, tokenInterface, verifierInterface, lensInterface],
  new Interface([...INNER_ERRORS, "error NotOwner(address caller)", "error NotTheJobRegistry(address caller)", "error WrongImageSize(uint256 length)"]),
];
const BUILTIN = new Interface(["error Error(string reason)", "error Panic(uint256 code)"]);

/** How deep libraries wrap what a node answered. */
const DEEPEST = 8;

/** What a contract reverted with, somewhere in what a library threw; undefined if it says nothing of the kind. */
export function revertIn(error: unknown, depth = 0): Hex | undefined {
  if (typeof error !== "object" || error === null || depth > DEEPEST) return undefined;
  const parts = error as Readonly<Record<string, unknown>>;
  for (const key of ["data", "raw", "result"]) {
    const value = parts[key];
    if (typeof value === "string" && /^0x([0-9a-fA-F]{2}){4,}$/.test(value)) return value.toLowerCase() as Hex;
  }
  for (const key of ["data", "info", "error", "cause"]) {
    const found = revertIn(parts[key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The error that these data of a revert are. */
export function decodeRevert(data: Hex, cause?: unknown): OpgError {
  for (const contract of KNOWN) {
    const parsed = parsedBy(contract, data);
    if (parsed === undefined || !isContractError(parsed.name)) continue;
    const { says, fix } = explainError(parsed.name, parsed.args)!;
    return new OpgError(parsed.name, says, fix, { args: parsed.args, cause });
  }
  const builtin = parsedBy(BUILTIN, data);
  const reason = builtin && `${builtin.name === "Error" ? "" : "panic "}${String(Object.values(builtin.args)[0])}`;
  const says = reason === undefined ? `reverted with ${data.length > 74 ? `${data.slice(0, 74)}…` : data}` : `reverted: ${reason}`;
  return new OpgError("REVERTED", says, "no contract of this release ends so: check which contract was called", { args: { data }, cause });
}

/** An error with its values by their names; undefined for one that the contract does not have. */
function parsedBy(contract: Interface, data: Hex): { readonly name: string; readonly args: Readonly<Record<string, unknown>> } | undefined {
  try {
    const parsed = contract.parseError(data);
    return parsed === null ? undefined : { name: parsed.name, args: namedArguments(parsed) };
  } catch {
    // A selector with something else behind it.
    return undefined;
  }
}

/** Values of an event or error by their names. */
export const namedArguments = ({ fragment, args }: Pick<LogDescription, "args"> & { fragment: { inputs: readonly { name: string }[] } }): Record<string, unknown> =>
  Object.fromEntries(fragment.inputs.map(({ name }, i) => [name, args[i] as unknown]));

/** What wallets (EIP-1193) and ethers call it where the person at the wallet said no. */
const REFUSALS: ReadonlySet<unknown> = new Set([4001, "ACTION_REJECTED"]);

function isRefusal(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > DEEPEST) return false;
  const parts = error as Readonly<Record<string, unknown>>;
  return REFUSALS.has(parts.code) || ["info", "error", "cause"].some((key) => isRefusal(parts[key], depth + 1));
}

/** What a library threw, as an error of this kit. */
export function opgErrorOf(error: unknown): OpgError {
  if (error instanceof OpgError) return error;
  const data = revertIn(error);
  if (data !== undefined) return decodeRevert(data, error);
  if (isRefusal(error)) return new OpgError("CHAIN", "the wallet was told not to sign", "ask again, and confirm it in the wallet", { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new OpgError("CHAIN", `the node or the wallet answered: ${message}`, "check the connection, the network and the account's native coin, then try again", { cause: error });
}
