import { leafCount, siblingCount } from "../merkle/tensorTree.ts";
import { spanBelow } from "../merkle/traceTree.ts";
import { isRooted, outputBytes } from "../program/jobOutput.ts";
import { boundaryIds, encodeHeader, traceDepth } from "../program/program.ts";
import { byteLength } from "../tensor/shape.ts";
import type { Program } from "../program/types.ts";
import { ENVELOPE_BYTES, memoryGas, TRANSACTION_BYTES, TRANSACTION_GAS, transactionGasAtMost } from "./budget.ts";

/** Longest input that any deployment accepts in calldata (JobRegistry); a longer one is committed by its roots. */
const INLINE_INPUT = 64 * 1024;
/** Longest address (the `uri` of `open`) at which tensors are served. */
const URI_BYTES = 512;
/** Words of the call that are not counted elsewhere: the job, offsets, lengths. */
const CALL_WORDS = 24;

/** Upper bounds of an opening's gas: once per opening; for each leaf of a tensor and the node over it; for each hash of a path. */
const BASE_GAS = 75_000;
const LEAF_GAS = 2_000;
const HASH_GAS = 400;
/** For each hash that is shown: it is hashed twice and published. */
const SHOWN_GAS = 600;
/** For each byte of the header, each input or output, and each word that moves when an output is sorted in. */
const HEADER_GAS = 60;
const BOUNDARY_GAS = 4_000;
const MOVE_GAS = 8;

export interface OpeningCost {
  /** Encoded transaction. */
  readonly bytes: number;
  readonly gas: number;
}

/** Upper bound of bytes and gas of an opening of this program, whatever the numbers of the trace are. */
export function openingCost(program: Program): OpeningCost {
  const { inputs, outputs, nodes } = program;
  const length = inputs.reduce((sum, spec) => sum + byteLength(spec), 0);
  const input = length <= INLINE_INPUT ? length : 0;
  const output = outputBytes(program);
  const header = encodeHeader(program).length;
  const depth = traceDepth(program);
  const shown = 2 ** spanBelow(depth, 0);
  const boundary = boundaryIds(program).length;
  const siblings = siblingCount(boundaryIds(program), depth - spanBelow(depth, 0));
  const path = Math.ceil(Math.log2(nodes.length + 1));
  const words = [header, input, output, URI_BYTES].reduce((sum, length) => sum + Math.ceil(length / 32), 0);
  const bytes = 32 * (CALL_WORDS + words + path + shown + siblings + inputs.length);

  const leaves = [...(input > 0 ? inputs : []), ...(isRooted(program) ? [] : outputs)].reduce((sum, spec) => sum + leafCount(spec), 0);
  const execution =
    BASE_GAS +
    LEAF_GAS * leaves +
    HASH_GAS * (path + 2 * siblings) +
    SHOWN_GAS * shown +
    HEADER_GAS * header +
    (BOUNDARY_GAS + MOVE_GAS * boundary) * (inputs.length + outputs.length) +
    // The game copies the opening into its call; the verifier copies the parts that it hashes.
    2 * moving(bytes);
  return { bytes: bytes + ENVELOPE_BYTES, gas: transactionGasAtMost(bytes, execution) };
}

/** The reason why no trace of this program could be opened, if there is one. */
export function whyNotOpenable(program: Program): string | undefined {
  const { bytes, gas } = openingCost(program);
  const sizes = `its inputs and outputs make an opening of up to ${bytes} bytes and ${gas} gas`;
  const way = "give the graph fewer inputs or outputs";
  if (bytes > TRANSACTION_BYTES) return `${sizes}, and nodes relay ${TRANSACTION_BYTES} bytes: nobody could answer a challenge; ${way}`;
  if (gas > TRANSACTION_GAS) return `${sizes}, and a transaction may take ${TRANSACTION_GAS}: nobody could answer a challenge; ${way}`;
  return undefined;
}

/** Gas of copying so many bytes to new memory. */
const moving = (bytes: number): number => {
  const words = Math.ceil(bytes / 32);
  return 3 * words + memoryGas(words);
};
