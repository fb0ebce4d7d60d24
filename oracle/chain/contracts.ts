import { concat, Interface, keccak256, toBeHex, zeroPadValue } from "ethers";
import disputeGame from "../../contracts/abi/DisputeGame.json" with { type: "json" };
import jobRegistry from "../../contracts/abi/JobRegistry.json" with { type: "json" };
import opgToken from "../../contracts/abi/OPG.json" with { type: "json" };
import opVerifier from "../../contracts/abi/OpVerifier.json" with { type: "json" };
import modelRegistry from "../../contracts/abi/ModelRegistry.json" with { type: "json" };
import digitReader from "../../contracts/abi/DigitReader.json" with { type: "json" };
import stakeRegistry from "../../contracts/abi/StakeRegistry.json" with { type: "json" };
import { explainError, INNER_ERRORS } from "../../core/contractErrors.ts";
import type { Hex } from "../../core/hex.ts";
import type { Revert } from "../ports.ts";

export const jobsInterface = new Interface(jobRegistry);
export const gameInterface = new Interface(disputeGame);
export const modelsInterface = new Interface(modelRegistry);
export const stakesInterface = new Interface(stakeRegistry);
export const tokenInterface = new Interface(opgToken);
export const verifierInterface = new Interface(opVerifier);

/** Whose errors a call may end in. */
const ALL = [jobsInterface, gameInterface, modelsInterface, stakesInterface, tokenInterface, verifierInterface, new Interface(digitReader)];
const PANIC: Record<string, string> = {
  "1": "assertion failed",
  "17": "arithmetic overflow",
  "18": "division by zero",
  "33": "invalid enum value",
  "50": "array index out of bounds",
  "65": "out of memory",
};

/** Errors that come out of families and libraries, and stand in no contract's ABI. */
export const inner = new Interface(INNER_ERRORS);

/** What a contract reverted with, in a sentence. */
export function describeRevert(data: Hex | undefined): Revert {
  if (data === undefined || data === "0x") return { error: "reverted without a reason" };
  const builtin = describeBuiltin(data);
  if (builtin !== undefined) return { error: builtin };
  for (const contract of [...ALL, inner]) {
    const error = contract.parseError(data);
    if (error === null) continue;
    const { name, fragment, args } = error;
    const known = explainError(name, Object.fromEntries(fragment.inputs.map((input, i) => [input.name, args[i] as unknown])));
    if (known !== undefined) return { error: known.says, name, fix: known.fix };
  }
  return { error: `reverted with ${data.length > 74 ? `${data.slice(0, 74)}…` : data}` };
}

/** The same in one line. */
export const inOneLine = ({ error, fix }: Revert): string => (fix === undefined ? error : `${error}; ${fix}`);

function describeBuiltin(data: Hex): string | undefined {
  try {
    if (data.startsWith("0x08c379a0")) return String(BUILTIN.decodeErrorResult("Error", data)[0]);
    if (data.startsWith("0x4e487b71")) {
      const code = String(BUILTIN.decodeErrorResult("Panic", data)[0]);
      return `panic: ${PANIC[code] ?? `code ${code}`}`;
    }
  } catch {
    // a selector with something else behind it
  }
  return undefined;
}

const BUILTIN = new Interface(["error Error(string reason)", "error Panic(uint256 code)"]);

const wordOf = (value: bigint | Hex): string => zeroPadValue(typeof value === "bigint" ? toBeHex(value) : value, 32);

/** The game's `commitmentOf`. */
export function proofCommitment(chainId: number, game: Hex, id: bigint, challenger: Hex, proof: Uint8Array, salt: Hex): Hex {
  const words = [BigInt(chainId), game, id, challenger, keccak256(proof) as Hex, salt];
  return keccak256(concat(words.map(wordOf))) as Hex;
}
