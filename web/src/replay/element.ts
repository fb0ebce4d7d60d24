import { acceptance, type Acceptance } from "../../../core/exact/index.ts";
import { listening, type Operation } from "../../../core/exact/binary32.ts";
import { LEAF } from "../../../core/merkle/tensorTree.ts";
import { operatorOf, twin, twinOf } from "../../../core/operators/index.ts";
import { ruleName, type Node } from "../../../core/program/types.ts";
import { isCanonical } from "../../../core/tensor/canonical.ts";
import { widthOf } from "../../../core/tensor/dtype.ts";
import { BytesReader, elementBits, type TensorReader } from "../../../core/tensor/reader.ts";
import { sizeOf, unravel } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { beside, bitsOfNumber } from "../../../core/exact/formats.ts";
import { distanceOf, numberIn, type Figure } from "./figures.ts";
import { planesOf, type InputShown } from "./planes.ts";
import type { Known } from "./proof.ts";
import { ReadLog } from "./reads.ts";
import type { Stage } from "./rows.ts";
import { stagesOf } from "./stages.ts";

/** What the rule permits an element to be. */
export type Right =
  /** One of these; usually there is one, and of an index that is out of range none. */
  | { readonly kind: "values"; readonly values: readonly Figure[] }
  /** What lies between these, both included; an end is missing where there is none. Infinities and NaN may be permitted besides. */
  | { readonly kind: "between"; readonly least: Figure | undefined; readonly greatest: Figure | undefined; readonly orNotFinite: boolean };

/** One element of a trace, judged. */
export interface ShownElement {
  readonly node: number;
  readonly opcode: string;
  readonly rule: string;
  /** What the element is as a real number. */
  readonly formula: string;
  readonly element: number;
  readonly coordinates: readonly number[];
  readonly claimed: Figure;
  /** False where a floating point number is written in another way than the one that is permitted: −0, or a NaN with a payload. */
  readonly isCanonical: boolean;
  readonly isAdmissible: boolean;
  readonly right: Right;
  /** From the claimed value to the nearest permitted one, in units in the last place. */
  readonly distance: bigint | undefined;
  readonly inputs: readonly InputShown[];
  /** Empty where the element is too long to be shown, too. */
  readonly stages: readonly Stage[];
  readonly isTooLong: boolean;
}

/** Operands of the longest element whose arithmetic is shown. */
const LONGEST = 200_000;

/** @param known of every input of the node */
export function showElement(node: Node, index: number, element: number, output: Known, known: readonly (Known | undefined)[]): ShownElement {
  const operator = operatorOf(node.opcode);
  const log = new ReadLog();
  const operations: Operation[] = [];
  const plain = node.inputs.map((tensor, i) => tensor && readerOf(tensor, known[i]!));
  const bits = elementBits(readerOf(node.output, output), element);
  const isTooLong = (twinOf(node).reduction?.length(node) ?? 0) > LONGEST;
  const allowed = listening(
    (operation) => isTooLong || operations.push(operation),
    () => acceptance(node, element, isTooLong ? plain : log.over(plain)),
  );
  const { dtype } = node.output;
  const claimed: Figure = { type: dtype, bits };
  const right = rightOf(allowed, node.output);
  const isAdmissible = allowed.isAdmissible(bits);
  // INVARIANT: the two readings of the rules, of which the contracts have the other, agree about the claim and about what is right.
  if (twin(node, element, bits, plain) !== isAdmissible) throw new Error(`the readings of the rules differ about element ${element} of node ${index}`);
  if (right.kind === "values" && !right.values.every(({ bits: permitted }) => twin(node, element, permitted, plain))) throw new Error(`the readings of the rules differ about what element ${element} of node ${index} should be`);
  return {
    node: index,
    opcode: operator.name,
    rule: ruleName(node.rule),
    formula: operator.formula,
    element,
    coordinates: unravel(element, node.output.dims),
    claimed,
    isCanonical: isCanonical(dtype, bits),
    isAdmissible,
    right,
    distance: nearestDistance(claimed, right),
    inputs: node.inputs.flatMap((tensor, i) => (tensor === undefined ? [] : [planesOf(i, roleOf(node, i), tensor, log.of(i), bitsKnown(tensor, known[i]!))])),
    stages: isTooLong ? [] : stagesOf(node, { log, operations }),
    isTooLong,
  };
}

const roleOf = ({ opcode }: Node, i: number): string => operatorOf(opcode).inputs[i]?.replace("?", "") ?? `input ${i}`;

const leafOf = (tensor: Tensor, offset: number): number => Math.floor((offset * widthOf(tensor.dtype)) / LEAF);

/** Reads what is known; throws where the arithmetic asks for more. */
function readerOf(tensor: Tensor, { data, has }: Known): TensorReader {
  const bytes = new BytesReader(tensor, data);
  const check = (offset: number): number => {
    if (!has(leafOf(tensor, offset))) throw new RangeError(`the proof does not show element ${offset} of a tensor that it reads`);
    return offset;
  };
  return { tensor, bits: (offset) => bytes.bits(check(offset)), u32: (offset) => bytes.u32(check(offset)) };
}

function bitsKnown(tensor: Tensor, { data, has }: Known): (offset: number) => bigint | undefined {
  const bytes = new BytesReader(tensor, data);
  return (offset) => (has(leafOf(tensor, offset)) ? bytes.bits(offset) : undefined);
}

function rightOf(allowed: Acceptance, { dtype }: Tensor): Right {
  const values = allowed.values();
  if (values !== undefined) return { kind: "values", values: values.map((bits) => ({ type: dtype, bits })) };
  const forbidden = allowed.justOutside().map((bits) => numberIn({ type: dtype, bits }));
  // An end of the interval is a finite number that is permitted and stands beside one that is not.
  const ends = (step: number): Figure[] =>
    forbidden.map((number): Figure => ({ type: dtype, bits: beside(dtype, number, step) })).filter((end) => Number.isFinite(numberIn(end)) && allowed.isAdmissible(end.bits));
  const first = (figures: readonly Figure[], sign: number): Figure | undefined => [...figures].sort((a, b) => sign * (numberIn(a) - numberIn(b)))[0];
  const orNotFinite = [Infinity, -Infinity, NaN].some((number) => allowed.isAdmissible(bitsOfNumber(dtype, number)));
  return { kind: "between", least: first(ends(1), 1), greatest: first(ends(-1), -1), orNotFinite };
}

function nearestDistance(claimed: Figure, right: Right): bigint | undefined {
  const permitted = right.kind === "values" ? right.values : [right.least, right.greatest].filter((end) => end !== undefined);
  const distances = permitted.flatMap((figure) => distanceOf(claimed, figure) ?? []);
  return distances.length === 0 ? undefined : distances.reduce((least, distance) => (distance < least ? distance : least));
}

/** Whether an element's index stands for the bytes behind a tensor's end. */
export const isPadding = (tensor: Tensor, element: number): boolean => element >= sizeOf(tensor.dims);
