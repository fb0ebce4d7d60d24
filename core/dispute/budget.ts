import type { Work } from "../operators/work.ts";
import { LEAF } from "../merkle/tensorTree.ts";
import { TRANSACTION_BYTES, TRANSACTION_GAS } from "../program/transaction.ts";

export { TRANSACTION_BYTES, TRANSACTION_GAS };

/**
 * The budget of a step of a proof, which compiler, prover, `certify` and tests share. A step is one transaction to the
 * game, `convict` or `advance`. The estimate of its bytes and gas is never below the truth.
 */

/**
 * The most transactions that an element may take. They follow one another within the prove period, and the challenger's
 * reward must be worth more than they cost. At the gas limit each, they fill 18 blocks of 60 million gas.
 */
export const TRANSACTIONS = 64;

/** Bytes of an encoded transaction besides its calldata, rounded up. */
export const ENVELOPE_BYTES = 200;
/** Selector, job, and the words before the proof and its padding; the same for `convict` and `advance`. */
const CALL_BYTES = 4 + 192 + 3 * 32;

/**
 * Prices in gas, each above the cost on the contracts. `npm run bench -- --budget` measures the costs; tests compare
 * estimates with transactions.
 */
export const PRICES = {
  /** The game around its call to the verifier: what it reads, stores, slashes and announces, the first challenger set aside. */
  game: 120_000,
  /** Verifier and family, with the verdict, without the items below. */
  judgement: 26_000,
  /** A tensor of the row, decoded, authenticated and viewed. */
  tensor: 5_200,
  /** A byte of the row. */
  rowByte: 160,
  /** A leaf, a hash beside the leaves, and a hash of a path to the program's or the trace's root. */
  leaf: 2_200,
  sibling: 520,
  path: 260,
  /** One search for a line among the opened leaves. */
  line: 1_800,
} as const;

/** Prices of work, in the units of Work. */
export const WORK_PRICES: Readonly<Record<Exclude<keyof Work, "words" | "gas">, number>> = {
  chainProducts: 410,
  slowProducts: 2_100,
  chunks: 4_000,
  gemvProducts: 850,
  slowGemvProducts: 2_300,
  byteProducts: 165,
  taps: 150,
  runLines: 1_350,
  runSteps: 150,
  searches: 1_500,
};

/** Gas of so many words of memory. */
export const memoryGas = (words: number): number => 3 * words + Math.floor((words * words) / 512);

/** The part of a proof that shows one tensor. */
export interface Shown {
  readonly leaves: number;
  readonly siblings: number;
  /** Hashes between the tensor's root and the trace's. */
  readonly path: number;
  /** Lines that the judgement reads. */
  readonly lines: number;
}
export const NOTHING: Shown = { leaves: 0, siblings: 0, path: 0, lines: 0 };

/** One step: the row and its path, the output's tensor and those of the inputs, bytes carried, and the work. */
export interface Step {
  readonly rowBytes: number;
  readonly rowPath: number;
  readonly tensors: readonly Shown[];
  readonly carried: number;
  readonly work: Work;
}

/** Bytes and gas limit of a transaction. */
export interface Limits {
  readonly bytes: number;
  readonly gas: number;
}
export const TRANSACTION: Limits = { bytes: TRANSACTION_BYTES, gas: TRANSACTION_GAS };

export const fits = (cost: Limits, limits: Limits = TRANSACTION): boolean => cost.bytes <= limits.bytes && cost.gas <= limits.gas;

const padded = (bytes: number): number => 32 * Math.ceil(bytes / 32);

/** Length of the contract's `abi.encode(Proof)`. */
export function proofBytes({ rowBytes, rowPath, tensors, carried }: Step): number {
  // Offset of the tuple, and its eight words: node, element, and six offsets.
  let words = 9;
  // Lengths of row, path, carried, and of the lists of members and inputs.
  words += 5 + rowPath;
  for (const [i, { leaves, siblings, path }] of tensors.entries()) {
    // Its paths: their offset, two offsets and two lengths.
    words += 5 + path + siblings;
    // An opening: two offsets, two lengths, and but for the output its own offset.
    words += (i === 0 ? 4 : 5) + leaves;
  }
  return 32 * words + padded(rowBytes) + padded(carried) + LEAF * tensors.reduce((n, { leaves }) => n + leaves, 0);
}

/**
 * Upper bound of a step's bytes and gas. A call passes on at most 63/64 of the gas, and there is a call within a call. So
 * the limit is the inner call's gas times (64/63)². Calldata counts as if no byte were zero.
 */
export function costOf(step: Step): Limits {
  const calldata = CALL_BYTES + proofBytes(step);
  let execution = PRICES.judgement + PRICES.rowByte * step.rowBytes + PRICES.path * step.rowPath;
  for (const { leaves, siblings, path, lines } of step.tensors) {
    execution += PRICES.tensor + PRICES.leaf * leaves + PRICES.sibling * siblings + PRICES.path * path + PRICES.line * lines;
  }
  const { words = 0, gas: own = 0, ...work } = step.work;
  execution += memoryGas(words) + own;
  for (const [unit, count] of Object.entries(work)) execution += WORK_PRICES[unit as keyof typeof WORK_PRICES] * (count as number);
  const gas = transactionGasAtMost(calldata, PRICES.game + Math.ceil(execution * (64 / 63) ** 2));
  return { bytes: calldata + ENVELOPE_BYTES, gas };
}

/** Gas of a transaction with the most expensive calldata of that length. */
export const transactionGasAtMost = (bytes: number, execution: number): number => gasOf(4 * bytes, execution);

/** Gas of a transaction with that calldata and execution (EIP-2028, EIP-7623). */
const gasOf = (tokens: number, execution: number): number => 21_000 + Math.max(4 * tokens + execution, 10 * tokens);

/** Whether nodes relay a transaction with so many bytes of calldata, and a block may contain one with so much gas. */
export const transactionFits = (calldata: number, gas: number): boolean => fits({ bytes: calldata + ENVELOPE_BYTES, gas });

/**
 * The last position that a step can reach that begins at `from`; `from` itself if not even one position fits. If a step
 * fits, every shorter one fits.
 * @param guess how many positions are tried first, at least one
 */
export function furthest(from: number, length: number, guess: number, fitsUntil: (until: number) => boolean): number {
  let until = from;
  let beyond = length + 1;
  for (let step = guess; until + 1 < beyond; step *= 2) {
    const next = Math.min(until + step, length);
    if (next === until) return until;
    if (!fitsUntil(next)) {
      beyond = next;
      break;
    }
    until = next;
  }
  while (until + 1 < beyond) {
    const middle = Math.floor((until + beyond) / 2);
    if (fitsUntil(middle)) until = middle;
    else beyond = middle;
  }
  return until;
}
