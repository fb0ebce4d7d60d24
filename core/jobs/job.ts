import { keccak256 } from "ethers";
import { inputError } from "../errors.ts";
import type { Hex } from "../hex.ts";

export const ZERO_ADDRESS: Hex = `0x${"0".repeat(40)}`;
export const ZERO_HASH: Hex = `0x${"0".repeat(64)}`;

/** The status of a job, in the order of the contract's `JobStatus`. */
export const JOB_STATUS = [
  "None",
  "Requested",
  "Accepted",
  "Submitted",
  "Challenged",
  "Upheld",
  "Final",
  "FinalUndelivered",
  "Cancelled",
  "Refunded",
  "Convicted",
] as const;
export type JobStatus = (typeof JOB_STATUS)[number];

/** The part of a reward that changed hands: the contract's `RewardPart`. */
export const REWARD_PARTS = ["whole", "earlier", "later"] as const;

/** The contract's `Job`: six words. The chain stores only their digest; every call brings them. */
export interface Job {
  readonly id: bigint;
  readonly version: Hex;
  readonly input: Hex;
  readonly terms: bigint;
  readonly claim: bigint;
  readonly output: Hex;
}

/** Fee, bond and limits of a job. Amounts in base units of OPG, window in seconds, share in basis points. */
export interface Terms {
  readonly fee: bigint;
  readonly bond: bigint;
  readonly callbackGas: number;
  readonly window: number;
  readonly share: number;
}

/** The operator of a job, and times; the meaning of `operator` and `time` depends on the status. */
export interface Claim {
  readonly operator: Hex;
  readonly deadline: number;
  readonly time: number;
  readonly named: boolean;
}

const field = (word: bigint, shift: number, bits: number): bigint => (word >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n);

const addressOf = (word: bigint): Hex => `0x${word.toString(16).padStart(40, "0")}`;

export function unpackTerms(word: bigint): Terms {
  return {
    fee: field(word, 160, 96),
    bond: field(word, 64, 96),
    callbackGas: Number(field(word, 40, 24)),
    window: Number(field(word, 16, 24)),
    share: Number(field(word, 0, 16)),
  };
}

export function unpackClaim(word: bigint): Claim {
  return {
    operator: addressOf(field(word, 96, 160)),
    deadline: Number(field(word, 56, 40)),
    time: Number(field(word, 16, 40)),
    named: (word & 1n) === 1n,
  };
}

export const requesterOf = (id: bigint): Hex => addressOf(field(id, 64, 160));

/** A job id as it is shown: the shortest hex form. */
export const formatJobId = (id: bigint): string => `0x${id.toString(16)}`;

/** A job id as people type it, in hex or in decimal. */
export function parseJobId(text: string): bigint {
  const valid = /^(0x[0-9a-fA-F]{1,56}|[0-9]{1,68})$/.test(text);
  const id = valid ? BigInt(text) : 0n;
  if (!valid || id === 0n || id >= 1n << 224n) {
    throw inputError("JOB_ID", `"${text}" is not a job id`, { fix: "give the id as hex (0x…) or decimal, as request printed it" });
  }
  return id;
}

/** Digest of a request, whoever serves it. After a reorganisation another request may have the same id. */
export const requestKey = (job: Job): string => keccak256(`0x${job.version.slice(2)}${job.input.slice(2)}`);

const word = (value: bigint): string => value.toString(16).padStart(64, "0");

/** The digest that the JobRegistry stores, less the status: keccak over the six words. */
export function jobDigest(job: Job): Hex {
  const words = [word(job.id), job.version.slice(2), job.input.slice(2), word(job.terms), word(job.claim), job.output.slice(2)];
  return keccak256(`0x${words.join("")}`) as Hex;
}
