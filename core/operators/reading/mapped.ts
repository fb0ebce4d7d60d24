import type { Value } from "../../onnx/graphNode.ts";
import type { Opcode, Rule } from "../../program/types.ts";

/** What a node becomes: everything of its row except layouts and, for a chain, the schedule. */
export interface Mapped {
  readonly opcode: Opcode;
  readonly attributes: readonly number[];
  /** The row's inputs (docs/protocol.md §1.4): undefined where an optional one is absent. */
  readonly inputs: readonly (Value | undefined)[];
  /** Rules that a row of this node may have, the strictest first. */
  readonly rules: readonly Rule[];
  /** For every input, how an element of the output reads it: the axes to lay together, innermost last. */
  readonly reads: readonly (Reading | undefined)[];
}

/** `perm` brings what one output element needs together; `elements` says how many that are. */
export interface Reading {
  readonly perm: readonly number[];
  readonly elements: number;
}
