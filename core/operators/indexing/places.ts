import { refuse } from "../../faults.ts";
import { describe, type GraphNode, type Value } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { rowAttributes, type Field } from "../attributes.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, required, typed, valuesOf } from "../reading/requirements.ts";

/** An axis of the data along which an index counts: how long it is, and how far its places lie apart in row-major order. */
export interface Indexed {
  readonly dim: number;
  readonly stride: number;
}

/** An axis of the output: how far a step along it leads in the data and in the indices, in row-major order. */
export interface Step {
  readonly dim: number;
  readonly inData: number;
  readonly inIndices: number;
}

/**
 * Where elements are taken from: at the coordinates c of an element within the steps, as many indices as there are indexed axes stand
 * from Σ c[i] · inIndices[i] on, and the element is that of the data at Σ c[i] · inData[i] + Σ index[k] · stride[k].
 */
export interface Places {
  readonly indexed: readonly Indexed[];
  readonly steps: readonly Step[];
}

/** A row has them in lists of one length each. */
const places: Field<Places> = {
  labels: () => ["number of indices", "their axes' dims…", "their axes' strides…", "dims…", "strides in data…", "strides in indices…"],
  takesRest: true,
  encode: ({ indexed, steps }) => [
    indexed.length,
    ...indexed.map(({ dim }) => dim),
    ...indexed.map(({ stride }) => stride),
    ...steps.map(({ dim }) => dim),
    ...steps.map(({ inData }) => inData),
    ...steps.map(({ inIndices }) => inIndices),
  ],
  decode([count, ...lists]) {
    const axes = (lists.length - 2 * count) / 3;
    if (!Number.isInteger(axes) || axes < 0) throw new RangeError(`${lists.length + 1} attributes are no places: behind the number of indices they are two lists of that length, and three of another`);
    const indexed = Array.from({ length: count }, (_, k) => ({ dim: lists[k], stride: lists[count + k] }));
    const of = (list: number, i: number) => lists[2 * count + list * axes + i];
    return { indexed, steps: Array.from({ length: axes }, (_, i) => ({ dim: of(0, i), inData: of(1, i), inIndices: of(2, i) })) };
  },
};

export const PLACES = rowAttributes({ places });

/** The same places with as few steps as it takes: those of length 1 are left out, and neighbours that run on into each other are one. */
function compact({ indexed, steps }: Places): Places {
  const fewest: Step[] = [];
  for (const step of steps.filter(({ dim }) => dim !== 1)) {
    const outer = fewest.at(-1);
    const runsOn = outer !== undefined && outer.inData === step.dim * step.inData && outer.inIndices === step.dim * step.inIndices;
    if (runsOn) fewest[fewest.length - 1] = { ...step, dim: outer.dim * step.dim };
    else fewest.push(step);
  }
  return { indexed, steps: fewest };
}

/** Data and indices of a node; the indices are integers of 32 or 64 bits. */
export function operands(node: GraphNode): { data: Value; indices: Value } {
  return { data: required(node, 0), indices: typed(required(node, 1), DType.int32, DType.int64) };
}

/** The elements of the data at these places, which are the output in row-major order. */
export function taken(node: GraphNode, at: Places, dims: readonly number[]): Mapped {
  const { data, indices } = operands(node);
  checkOutput(node, dims);
  if (node.output.dtype !== data.dtype) refuse(`its output ${describe(node.output)} does not hold elements of ${describe(data)}`);
  if (indices.constant !== undefined) checkWithin(valuesOf(indices, "its indices"), at.indexed);
  const attributes = PLACES.encode({ places: compact(at) });
  if (attributes.some((number) => Math.abs(number) >= 2 ** 31)) refuse(`its input ${describe(data)} is too large: steps of 2³¹ elements and more have no room in a row`);
  return { ...elementwise(Opcode.Indexed, Rule.equal, [data, indices]), attributes };
}

/** Constant indices must lie within their axes, or no run succeeds. */
function checkWithin(values: readonly number[], indexed: readonly Indexed[]): void {
  const wrong = values.findIndex((value, i) => value < -indexed[i % indexed.length].dim || value >= indexed[i % indexed.length].dim);
  if (wrong !== -1) refuse(`its index ${values[wrong]} is out of range for an axis of length ${indexed[wrong % indexed.length].dim}`);
}
