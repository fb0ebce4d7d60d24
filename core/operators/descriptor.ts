import type { GraphNode } from "../onnx/graphNode.ts";
import { Rule, type Node, type Opcode, type Schedule } from "../program/types.ts";
import type { DType } from "../tensor/dtype.ts";
import type { RowAttributes } from "./attributes.ts";
import type { Dot, FloatInputs } from "./dot.ts";
import type { Sgemm } from "./floatDot/sgemm.ts";
import type { Mapped } from "./reading/mapped.ts";
import type { Demand, OpTwin, Reduction } from "./twin.ts";
import type { ValuedNode } from "./valuedNode.ts";

export type OperatorName = keyof typeof Opcode;

/** An operator of ONNX that becomes a row of ours. */
export interface OnnxForm {
  /** The opset that it came with. */
  readonly since: number;
  /** What the shape of its output follows from: shapes and attributes, or values of the inputs behind the first as well. */
  readonly shapedBy: "shapes" | "values";
  /** Which of its uses are taken, where that is not as good as all. */
  readonly only?: string;
  /** What of it is refused, in plain words; types, missing inputs and shapes that do not fit are refused of every operator. */
  readonly refused: readonly string[];
  /** What a node becomes; refuses with the reason where it can become nothing. */
  readonly read: (node: GraphNode) => Mapped;
}

/** How the contract judges an element: as a whole, with what that takes at the dearest one, or in pieces. */
export type Twin = { readonly admissible: OpTwin } & (
  | { readonly reduction: Reduction; readonly demand?: undefined }
  | { readonly reduction?: undefined; readonly demand: (node: Node) => Demand }
);

/** Adds the sensitivity to a node's output to those to its inputs; `into` gives the sum of an input that is followed. */
export type Slope = (node: ValuedNode, outer: Float64Array, into: (i: number) => Float64Array | undefined) => void;

/** The bounds of all elements of a node; infinite where infinities and NaN are admissible besides. */
export type Bound = (node: ValuedNode) => Float64Array;

/** Takes a dot product apart. The inputs must have the shapes that the node was mapped with. */
export type TakeApart = (mapped: Mapped, values: FloatInputs) => Dot;

/** The one right value of every element of a node under `kernel` or `lanes`, row-major, given the values of its inputs. */
export type Replay = (mapped: Mapped, inputs: FloatInputs, schedule: Schedule) => Float32Array;

/** Schedules that a row of the node may state under `lanes`, the likeliest first: chunk 0 and flags 0 where it is left out. */
export type Schedules = (mapped: Mapped) => readonly Schedule[];

/**
 * The rules that rows may have, the strictest first: a chain or a gemv needs a dot product that it runs over and what the
 * runtime makes of it, a bound its size, a fixed sequence of operations what it comes to: a host is tried on it.
 */
export type Ruled =
  | Only<{ rules: readonly [typeof Rule.chain, typeof Rule.gemv]; dot: TakeApart; call: (mapped: Mapped) => Sgemm }>
  | Only<{ rules: readonly [typeof Rule.bound]; bound: Bound }>
  | Only<{
      rules: readonly [typeof Rule.lanes] | readonly [typeof Rule.lanes, typeof Rule.bound];
      bound?: Bound;
      replay: Replay;
      schedules?: Schedules;
      /** How rows under `lanes` are judged; what stands beside it is for the rule `bound`. */
      lanes: Twin;
    }>
  | Only<{ rules: readonly [typeof Rule.kernel]; replay: Replay }>
  | Only<{ rules: readonly (typeof Rule.rounded | typeof Rule.equal)[] }>;

/** These properties, and none of the others that rules may need. */
type Only<Own extends object> = Readonly<Own> & { readonly [K in Exclude<"dot" | "call" | "bound" | "replay" | "schedules" | "lanes", keyof Own>]?: undefined };

/** All that the oracle knows of an operator but for its second reading (core/exact). */
export type Descriptor<Name extends OperatorName, Attributes extends object> = {
  readonly name: Name;
  /** The high byte is the family that judges it. */
  readonly opcode: number;
  /** What an element is as a real number, or as an integer; the rule says how it is rounded, and protocol §2 what of special values. */
  readonly formula: string;
  /** The library of contracts/ops that judges it. */
  readonly library: string;
  /** What it takes, by ONNX's names. */
  readonly onnx: Readonly<Record<string, OnnxForm>>;
  /** What else becomes this operator, and what all of that is. */
  readonly remark?: string;
  /** Inputs of the row; an optional one ends in `?`. */
  readonly inputs: readonly string[];
  readonly attributes: RowAttributes<Attributes>;
  /** Gas of what only this operator has to compute, by the names of its units: what its work counts with. */
  readonly gas?: Readonly<Record<string, number>>;
  /** It divides by its float32 inputs behind the first: a quotient by zero may have either sign (docs/protocol.md §2.10). */
  readonly divides?: true;
  /** The input whose values say which elements of the others are read; absent where places follow from shapes and attributes alone. */
  readonly steers?: number;
  /** Element types of the output. */
  readonly types: readonly DType[];
  /** "steps" of an operator that rounds to integers or scales them, which no slope describes; "data" follows only the first input. */
  readonly slope: "steps" | { readonly follows: "all" | "data"; readonly back: Slope };
} & Ruled &
  Twin;

export type Operator<Name extends OperatorName = OperatorName, Attributes extends object = object> = Descriptor<Name, Attributes>;

/** An element is judged by the rule of its row: under `lanes` as that says. */
export function defineOperator<const Name extends OperatorName, Attributes extends object>(descriptor: Descriptor<Name, Attributes>): Operator<Name, Attributes> {
  const { lanes, admissible } = descriptor;
  if (lanes === undefined) return descriptor;
  return { ...descriptor, admissible: (node, ...rest) => (node.rule === Rule.lanes ? lanes.admissible : admissible)(node, ...rest) };
}

/** What it takes to judge an operator that reads one element of every input: no work worth counting. */
export const oneElement = ({ inputs }: Node): Demand => ({ reads: inputs.map(() => []), work: {} });

/** An operator whose elements are judged whole. */
export const whole = (admissible: OpTwin, demand: (node: Node) => Demand): Twin => ({ admissible, demand });
