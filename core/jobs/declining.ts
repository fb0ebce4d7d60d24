import { TRANSACTION_GAS, transactionGasAtMost } from "../dispute/budget.ts";
import { openingCost } from "../dispute/opening.ts";
import { isRooted, outputBytes } from "../program/jobOutput.ts";
import { byteLength } from "../tensor/shape.ts";
import type { Program } from "../program/types.ts";
import type { Claim, Terms } from "./job.ts";

/** The jobs that an operator accepts, by its configuration. */
export interface Wishes {
  readonly minFee: bigint;
  readonly maxBond: bigint;
  readonly maxCallbackGas: number;
}

/** The reason why the operator does not want a job with these terms, if there is one. */
export function whyUnwanted({ fee, bond, callbackGas }: Terms, { minFee, maxBond, maxCallbackGas }: Wishes): string | undefined {
  if (fee < minFee) return "fee is below operator.minPrice";
  if (bond > maxBond) return "bond is above operator.maxBond";
  if (callbackGas > maxCallbackGas) return "callback gas is above operator.maxCallbackGas";
  return undefined;
}

/** Selector, job, offset and length of the output. */
const CALL_BYTES = 4 + 8 * 32;
/** Upper bound of a finalization's gas without its callback: reads, payments and events. */
const FINALIZE_GAS = 75_000;
/** Upper bound of a submission's gas without its calldata. */
const SUBMIT_GAS = 90_000;
/** The call's own cost (contracts/jobs/Callback.sol). */
const CALLBACK_COST = 5_400;

const callBytes = (output: number): number => CALL_BYTES + 32 * Math.ceil(output / 32);
const memoryOf = (bytes: number): number => 3 * Math.ceil(bytes / 32);
export const traceBytes = (program: Program): number =>
  [...program.inputs, ...program.nodes.map(({ output }) => output)].reduce((sum, spec) => sum + byteLength(spec), 0);

/** Upper bound of the gas limit of a finalization with such a callback. */
export function finalizeGas(output: number, callbackGas: number): number {
  const callback = callbackGas === 0 ? 0 : callbackGas + Math.ceil(callbackGas / 63) + CALLBACK_COST;
  return transactionGasAtMost(callBytes(output), FINALIZE_GAS + 2 * memoryOf(output) + callback);
}

/** Upper bound of the gas to submit and, if challenged, to open. */
export function servingGas(program: Program): number {
  return transactionGasAtMost(callBytes(outputBytes(program)), SUBMIT_GAS + 2 * memoryOf(outputBytes(program))) + openingCost(program).gas;
}

/** The size of a version's answers, and their form. */
export interface Footprint {
  readonly outputBytes: number;
  /** They are submitted by their roots. */
  readonly rooted: boolean;
  readonly traceBytes: number;
  readonly servingGas: number;
}

export const footprintOf = (program: Program): Footprint => ({
  outputBytes: outputBytes(program),
  rooted: isRooted(program),
  traceBytes: traceBytes(program),
  servingGas: servingGas(program),
});

/** The reason why no answer to this job would ever be accepted or paid, if there is one. */
export function whyUnanswerable({ outputBytes: output }: Footprint, { callbackGas }: Terms, maxOutputBytes: number): string | undefined {
  if (output > maxOutputBytes) return `its output has ${output} bytes, and the registry takes ${maxOutputBytes}`;
  const gas = finalizeGas(output, callbackGas);
  if (gas > TRANSACTION_GAS) {
    return `to finalize it with ${callbackGas} gas for its callback takes up to ${gas}, and a transaction may take ${TRANSACTION_GAS}`;
  }
  return undefined;
}

/** Times that decide what can be done before a deadline, in seconds. */
export interface Pace {
  readonly block: number;
  readonly poll: number;
  /** Confirmations, in blocks, before the daemon acts on an event. */
  readonly confirmations: number;
}

/** Time from an event on chain until the transaction that answers it is mined, without the work between. */
export const reactionSeconds = ({ block, poll, confirmations }: Pace): number => (confirmations + 2) * block + poll;

export interface Clocks {
  readonly openPeriod: number;
  readonly revealPeriod: number;
}

/** The reason why a challenge or a demand could not be answered in time, if there is one. A trace takes `trace` seconds, if that is known. */
export function whyTooSlow(pace: Pace, { openPeriod, revealPeriod }: Clocks, trace: number): string | undefined {
  const reaction = reactionSeconds(pace);
  const shown = (seconds: number) => `${Math.ceil(seconds)} s`;
  if (reaction > revealPeriod) {
    return `a demand has to be answered within ${shown(revealPeriod)}, and to see it and be mined takes about ${shown(reaction)}`;
  }
  if (reaction + trace > openPeriod) {
    return `a challenge has to be answered within ${shown(openPeriod)}, and to see it, compute the trace and be mined takes about ${shown(reaction + trace)}`;
  }
  return undefined;
}

/** A job is not begun in at least so many seconds before its deadline. */
const SERVE_MARGIN = 2;

/** Whether an answer that takes `run` seconds would come after the deadline. */
export const isTooLate = ({ deadline }: Claim, now: number, run: number, { block }: Pace): boolean =>
  now + Math.max(SERVE_MARGIN, run + block) > deadline;
