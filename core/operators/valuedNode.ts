import type { Rule } from "../program/types.ts";
import type { FloatInputs } from "./dot.ts";
import type { Mapped } from "./reading/mapped.ts";

/** A node with the float32 values that it reads and writes; undefined where an input is absent or no float32. */
export interface ValuedNode {
  readonly mapped: Mapped;
  readonly rule: Rule;
  readonly inputs: FloatInputs;
  /** The values of an input that holds integers. */
  readonly integers: (input: number) => readonly bigint[];
  /** Places of the inputs in the trace; undefined for constants and absent ones. */
  readonly ids: readonly (number | undefined)[];
  readonly output: Float32Array;
  readonly outputDims: readonly number[];
  readonly id: number;
}
