import { concat, Interface, keccak256, toBeHex, zeroPadValue } from "ethers";
import disputeGame from "../../abi/DisputeGame.json" with { type: "json" };
import jobRegistry from "../../abi/JobRegistry.json" with { type: "json" };
import opgToken from "../../abi/OPG.json" with { type: "json" };
import opVerifier from "../../abi/OpVerifier.json" with { type: "json" };
import modelRegistry from "../../abi/ModelRegistry.json" with { type: "json" };
import stakeRegistry from "../../abi/StakeRegistry.json" with { type: "json" };
import { JOB_STATUS } from "../core/jobs/job.ts";
import type { Hex } from "../core/hex.ts";

export const jobsInterface = new Interface(jobRegistry);
export const gameInterface = new Interface(disputeGame);
export const modelsInterface = new Interface(modelRegistry);
export const stakesInterface = new Interface(stakeRegistry);
export const tokenInterface = new Interface(opgToken);
export const verifierInterface = new Interface(opVerifier);

/** Whose errors a call may end in. */
const ALL = [jobsInterface, gameInterface, modelsInterface, stakesInterface, tokenInterface, verifierInterface];
const PANIC: Record<string, string> = {
  "1": "assertion failed",
  "17": "arithmetic overflow",
  "18": "division by zero",
  "33": "invalid enum value",
  "50": "array index out of bounds",
  "65": "out of memory",
};

/** What a contract reverted with, in words: the error's name and its values. */
export function describeRevert(data: Hex | undefined): string {
  if (data === undefined || data === "0x") return "reverted without a reason";
  const builtin = describeBuiltin(data);
  if (builtin !== undefined) return builtin;
  for (const contract of ALL) {
    const error = contract.parseError(data);
    if (error === null) continue;
    const values = error.fragment.inputs.map((input, i) => `${input.name}=${show(input.name, error.args[i])}`);
    return `${error.name}(${values.join(", ")})`;
  }
  return `reverted with ${data.length > 74 ? `${data.slice(0, 74)}…` : data}`;
}

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

function show(name: string, value: unknown): string {
  if (name === "status" && typeof value === "bigint") return JOB_STATUS[Number(value)] ?? String(value);
  if ((name === "id" || name === "jobId") && typeof value === "bigint") return `0x${value.toString(16)}`;
  return String(value);
}

const wordOf = (value: bigint | Hex): string => zeroPadValue(typeof value === "bigint" ? toBeHex(value) : value, 32);

/** The game's `commitmentOf`. */
export function proofCommitment(chainId: number, game: Hex, id: bigint, challenger: Hex, proof: Uint8Array, salt: Hex): Hex {
  const words = [BigInt(chainId), game, id, challenger, keccak256(proof) as Hex, salt];
  return keccak256(concat(words.map(wordOf))) as Hex;
}
