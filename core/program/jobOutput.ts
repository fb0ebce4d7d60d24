import { concatBytes, fromHex } from "../bytes.ts";
import type { Hex } from "../hex.ts";
import { tensorRoot } from "../merkle/tensorTree.ts";
import { byteLength } from "../tensor/shape.ts";
import type { TensorSpec } from "../tensor/tensor.ts";

/** Most bytes of graph outputs that a job's output consists of; of longer ones it has the roots (docs/protocol.md §1.7). */
export const MAX_INLINE_OUTPUT = 32 * 1024;
const ROOT_BYTES = 32;

/** A program, or what its header says. */
interface Outputs {
  readonly outputs: readonly TensorSpec[];
}

/** Bytes of all graph outputs together. */
export const valueBytes = ({ outputs }: Outputs): number => outputs.reduce((sum, spec) => sum + byteLength(spec), 0);

/** Whether a job's output is the roots of the graph outputs and not their bytes. */
export const isRooted = (program: Outputs): boolean => valueBytes(program) > MAX_INLINE_OUTPUT;

/** Bytes of a job's output. */
export const outputBytes = (program: Outputs): number => (isRooted(program) ? ROOT_BYTES * program.outputs.length : valueBytes(program));

/** Roots of the graph outputs whose bytes, row-major and concatenated in order, are `values`. */
export function outputRoots({ outputs }: Outputs, values: Uint8Array): Hex[] {
  let start = 0;
  return outputs.map((spec) => {
    const bytes = values.subarray(start, (start += byteLength(spec)));
    return tensorRoot({ ...spec, perm: spec.dims.map((_, axis) => axis) }, bytes) as Hex;
  });
}

/** The job's output for these values of the graph outputs. */
export const jobOutput = (program: Outputs, values: Uint8Array): Uint8Array =>
  isRooted(program) ? concatBytes(outputRoots(program, values).map(fromHex)) : values;

/** The roots that a rooted output consists of. */
export const rootsIn = (output: Uint8Array): Uint8Array[] =>
  Array.from({ length: output.length / ROOT_BYTES }, (_, i) => output.subarray(ROOT_BYTES * i, ROOT_BYTES * (i + 1)));
