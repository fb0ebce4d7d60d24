import type { Operation } from "../../../core/exact/binary32.ts";
import { integerOf } from "../../../core/exact/acceptance.ts";
import { LANES } from "../../../core/math/gemv.ts";
import { BIAS_FIRST, CONTIGUOUS_ROWS } from "../../../core/operators/floatDot/sgemm.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { integerFigure } from "./figures.ts";
import { coordinatesOf, type Read, type ReadLog } from "./reads.ts";
import { Rows, type Place, type Row, type Stage } from "./rows.ts";

/** What the second reading of the rules (core/exact) did to find an element: what it read, and the operations that it rounded. */
export interface Work {
  readonly log: ReadLog;
  readonly operations: readonly Operation[];
}

/** An element's arithmetic as somebody may follow it; empty where the rule knows only an interval, or only chooses among its operands. */
export function stagesOf(node: Node, work: Work): Stage[] {
  const weights = INTEGER_WEIGHTS.get(node.opcode);
  if (weights !== undefined) return present(integerSum(node, work, weights), inOrder(work.operations, "From the sum to the result", RESCALING));
  switch (node.rule) {
    case Rule.chain:
      return chain(node, work);
    case Rule.gemv:
      return gemv(node, work);
    case Rule.bound:
      return [];
    default:
      return present(inOrder(work.operations, "The operations, one by one", ONE_BY_ONE));
  }
}

const present = (...stages: readonly (Stage | undefined)[]): Stage[] => stages.filter((stage) => stage !== undefined);

const ROUNDED = "Computers keep about seven digits of such a number, so each result is rounded to the nearest one that can be kept.";
const ONE_BY_ONE = `The rule fixes which operations are done, and in which order. ${ROUNDED}`;
const RESCALING = `The whole sum becomes a number with a point, is multiplied by the scales of the tensors, and is rounded to a whole number again. The zero point of the output is added, and what the type cannot hold becomes its nearest end.`;

function inOrder(operations: readonly Operation[], title: string, words: string): Stage | undefined {
  const rows = new Rows();
  for (const operation of operations) rows.operation(operation);
  return rows.stage(title, words);
}

/** The second operand of products of integers, among the inputs of the row. */
const INTEGER_WEIGHTS: ReadonlyMap<number, number> = new Map([
  [Opcode.QLinearConv, 3],
  [Opcode.QLinearMatMul, 3],
  [Opcode.ConvInteger, 1],
  [Opcode.MatMulInteger, 1],
]);

/** Σ (a − zero point)(b − zero point) and a bias, exact. */
function integerSum(node: Node, { log }: Work, weights: number): Stage | undefined {
  const valueOf = ({ input, bits }: Read): bigint => integerOf(bits, node.inputs[input]!.dtype);
  const zeroOf = (input: number): bigint => log.of(input).map(valueOf)[0] ?? 0n;
  const [zeroA, zeroB] = [zeroOf(2), zeroOf(weights + 2)];
  const [a, b] = [log.of(0), log.of(weights)];
  const rows = new Rows();
  let sum = 0n;
  for (const [k, left] of a.entries()) {
    const [x, w] = [valueOf(left) - zeroA, valueOf(b[k]) - zeroB];
    const operands = [x, w, sum].map(integerFigure);
    sum += x * w;
    rows.add({ operation: "product", operands, result: integerFigure(sum), places: placesOf(node, left, b[k]) });
  }
  const bias = weights === 3 ? log.of(8)[0] : undefined;
  if (bias !== undefined) {
    const added = valueOf(bias);
    rows.add({ operation: "add", operands: [sum, added].map(integerFigure), result: integerFigure(sum + added), note: "the bias" });
  }
  const zeros = zeroA === 0n && zeroB === 0n ? "" : ` From each the zero point of its tensor is taken first: ${zeroA} and ${zeroB}.`;
  return rows.stage("The products, added up", `Every input is multiplied by its weight, and the products are added. They are whole numbers, so nothing is rounded.${zeros}`);
}

/** The operands of a dot product's terms, by k: of the first one nothing where it falls into the padding. */
function terms({ opcode }: Node, { log }: Work): readonly (readonly [a: Read | undefined, b: Read])[] {
  if (opcode !== Opcode.Conv) {
    const a = log.of(0);
    return log.of(1).map((b, k) => [a[k], b]);
  }
  // A convolution reads the input under a tap, unless that is padding, right before the weight.
  const { reads } = log;
  return reads.flatMap((read, i) => (read.input === 1 ? [[reads[i - 1]?.input === 0 ? reads[i - 1] : undefined, read] as const] : []));
}

/** A chain's operations in their order: the bias, then the products of each chunk with what closes it, and a bias that comes last. */
function chain(node: Node, work: Work): Stage[] {
  const products = terms(node, work);
  const operations = work.operations.slice(1);
  const rows = new Rows();
  const size = node.chunk === 0 ? products.length : node.chunk;
  const isWhole = size >= products.length;
  let at = 0;
  for (let start = 0; start < products.length; start += size) {
    for (const [a, b] of products.slice(start, start + size)) rows.operation(operations[at++], { places: placesOf(node, a, b) });
    rows.operation(operations[at++], { note: isWhole ? "the sum is complete" : "the part is closed" });
  }
  const parts = isWhole ? "" : ` After every ${size} products the part is closed and added to the parts before.`;
  const words = `Every input is multiplied by its weight and added to the sum so far. ${ROUNDED}${parts}`;
  const [sum, bias] = [rows.stage("The products, added up", words), biasStage(node, work, operations.slice(at))];
  return (node.flags & BIAS_FIRST) === 0 ? present(sum, bias) : present(bias, sum);
}

/** The bias, scaled where a row says so, and added where it comes last; where the row has none, adding nothing is not shown. */
function biasStage(node: Node, { operations }: Work, last: readonly Operation[]): Stage | undefined {
  if (node.inputs[2] === undefined) return undefined;
  const scaled = node.opcode === Opcode.Gemm ? operations.slice(0, 1) : [];
  return inOrder([...scaled, ...last], "The bias", "A number that the model adds to every result of this kind.");
}

/** Products and sums rounded apart: in eight lanes that are added in the end, or in groups of four. */
function gemv(node: Node, work: Work): Stage[] {
  const products = terms(node, work);
  const { length } = products;
  const isLanes = (node.flags & CONTIGUOUS_ROWS) !== 0;
  const order = isLanes ? [...Array(LANES).keys()].flatMap((lane) => [...products.keys()].filter((k) => k % LANES === lane)) : [...products.keys()];
  // Of groups the bias is looked at first. Each group, or lane, adds as many times as it has products, but a group once less.
  const begin = isLanes ? 0 : 1;
  const groups = Math.floor(length / 4) + [0, 1, 1, 2][length % 4];
  const end = begin + 2 * length - (isLanes ? 0 : groups);
  const rows = new Rows();
  let next = 0;
  for (const operation of work.operations.slice(begin, end)) {
    if (operation.name !== "multiply") rows.operation(operation);
    else {
      const k = order[next++];
      rows.operation(operation, { places: placesOf(node, ...products[k]), ...(isLanes && { note: `lane ${k % LANES}` }) });
    }
  }
  const words = isLanes
    ? `The products go to eight sums in turn, the lanes, which are added in the end. ${ROUNDED}`
    : `The products are added in groups of four, and the groups to each other. ${ROUNDED}`;
  return present(rows.stage("The products", words), inOrder(work.operations.slice(end), isLanes ? "The lanes, added up" : "The groups, added up", ONE_BY_ONE));
}

const placesOf = (node: Node, ...reads: readonly (Read | undefined)[]): Row["places"] => reads.map((read) => read && placeOf(node, read));

const placeOf = ({ inputs }: Node, { input, offset }: Read): Place => ({ input, coordinates: coordinatesOf(inputs[input]!, offset) });
