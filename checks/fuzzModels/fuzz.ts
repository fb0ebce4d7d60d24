import type { Judge } from "../../oracle/certify/judge.ts";
import { Random } from "../../test/support/random.ts";
import { Certifier } from "../coverageOnnx/certifier.ts";
import type { Outcome } from "../coverageOnnx/messages.ts";
import { mutate } from "./mutate.ts";
import { seeds } from "./seeds.ts";

/** Milliseconds after which a case hangs, however busy the machine is: all files are small. */
const PATIENCE_MS = 300_000;

const FILES = seeds();

export interface Failure {
  readonly number: number;
  readonly why: string;
}

export interface FuzzResult {
  readonly cases: number;
  readonly taken: number;
  readonly refused: number;
  /** Refused because the runtime ended over them. */
  readonly ended: number;
  readonly failures: readonly Failure[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly from?: number;
  readonly cases: number;
  readonly judge: Judge;
  readonly onFailure?: (failure: Failure) => void;
  readonly onProgress?: (done: number) => void;
  /** Told of every file with what became of it. */
  readonly onOutcome?: (file: Uint8Array, outcome: Outcome) => Promise<string | undefined>;
}

/** The contracts are asked about every so many-th case that is taken: that takes most of the time. */
const JUDGED = 8;

/** The file of a case. */
export function mutant(seed: number, number: number): Uint8Array {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ number);
  return mutate(random.pick(FILES), random);
}

/** Why an outcome is neither a verdict that is right nor a refusal; undefined where it is one of these. */
function whyWrong({ faults, wrong }: Outcome): string | undefined {
  if (wrong.length > 0) return `judged wrong: ${wrong[0]}`;
  return faults.find(({ why }) => /^a fault of this program|^the process ended|^it takes more than/.test(why))?.why;
}

/** Compiles mutated files one after the other, and certifies some of them. */
export async function fuzz({ seed, from = 0, cases, judge, onFailure, onProgress, onOutcome }: FuzzOptions): Promise<FuzzResult> {
  const certifier = new Certifier(async () => judge, PATIENCE_MS);
  const failures: Failure[] = [];
  let [taken, ended] = [0, 0];
  try {
    for (let number = from; number < from + cases; number++) {
      const file = mutant(seed, number);
      const outcome = await certifier.certify({ model: { name: `case ${number}`, path: "case.onnx", dims: {} }, elements: number % JUDGED === 0 ? 1 : 0, file });
      if (outcome.faults.length === 0) taken++;
      if (outcome.faults.some(({ why }) => why.startsWith("the runtime ended"))) ended++;
      const why = whyWrong(outcome) ?? (await onOutcome?.(file, outcome));
      if (why !== undefined) {
        failures.push({ number, why });
        onFailure?.({ number, why });
      }
      onProgress?.(number - from + 1);
    }
  } finally {
    certifier.close();
  }
  return { cases, taken, refused: cases - taken, ended, failures };
}
