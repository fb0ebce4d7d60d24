import { hexlify } from "ethers";
import { acceptance } from "../../../core/exact/index.ts";
import { encodeRow } from "../../../core/program/row.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { judgeOf } from "../../../core/program/families.ts";
import { bitsAt, canonicalOutput, commitOrders, readersOf, type OpCase } from "../../support/opCase.ts";
import { Random } from "../../support/random.ts";
import type { OperatorCases } from "./cases.ts";
import { chained, GEMV_FLAGS, underGemv } from "./chains.ts";
import { underLanes } from "./lanes.ts";
import { tried } from "./special.ts";

/** A golden case, which contracts are asked in both languages. */
export interface Vector {
  readonly about: string;
  readonly family: string;
  readonly row: string;
  readonly element: number;
  /** Bytes in commit order; none of an input that is absent. */
  readonly inputs: readonly string[];
  /** Claims as the element's little-endian bits. */
  readonly admissible: readonly string[];
  readonly inadmissible: readonly string[];
}

/** No file holds a larger case. */
const MOST_BYTES = 1_000;
const RANDOM_CASES = 6;

const bytesOf = ({ inputs }: OpCase): number => inputs.reduce((sum, raw) => sum + (raw?.length ?? 0), 0);
const hex = (bits: bigint): string => `0x${bits.toString(16)}`;

const vector = (about: string, c: OpCase, element: number, admissible: readonly bigint[], inadmissible: readonly bigint[]): Vector => ({
  about,
  family: judgeOf(c.node),
  row: hexlify(encodeRow(c.node)),
  element,
  inputs: commitOrders(c).map((bytes) => hexlify(bytes ?? new Uint8Array())),
  admissible: admissible.map(hex),
  inadmissible: inadmissible.map(hex),
});

/** What is admissible by definition, and what lies just outside. */
function around(about: string, c: OpCase, element: number, honest?: bigint): Vector {
  const { isAdmissible, justOutside } = acceptance(c.node, element, readersOf(c));
  const outside = justOutside().slice(0, 2);
  const near = c.node.output.dtype === DType.float32 ? [0x7fc00000n, 0x7f800000n, ...outside.flatMap((bits) => [bits - 1n, bits + 1n])].filter((bits) => bits >= 0n) : [];
  const inside = [...(honest === undefined ? [] : [honest]), ...near].filter(isAdmissible).slice(0, 2);
  return vector(about, c, element, inside, [...new Set(outside)]);
}

/** The golden cases of an operator: random ones, its tables of special values, all of them small. */
export async function vectorsOf({ random: draw, special, every = [] }: OperatorCases, isDot: boolean): Promise<Vector[]> {
  const random = new Random(1);
  const vectors: Vector[] = [];
  for (let i = 0; i < RANDOM_CASES; ) {
    const c = draw(random);
    if (bytesOf(c) > MOST_BYTES) continue;
    const { dtype, dims } = c.node.output;
    const element = random.int(0, sizeOf(dims) - 1);
    vectors.push(around(`random ${i}, onnxruntime's value`, c, element, bitsAt(await canonicalOutput(c), dtype, element)));
    if (isDot) {
      vectors.push(around(`random ${i}, a chain of 16, bias first`, { ...c, node: chained(c.node, 16, true) }, element));
      const flags = GEMV_FLAGS[i % GEMV_FLAGS.length];
      vectors.push(around(`random ${i}, gemv with the flags ${flags}`, { ...c, node: underGemv(c.node, flags) }, element));
    }
    for (const [order, stated] of underLanes(c).entries()) vectors.push(around(`random ${i}, in lanes, order ${order}`, stated, element));
    i++;
  }
  for (const c of every.slice(0, 1)) {
    const output = await canonicalOutput(c);
    for (let element = 0; element < Math.min(24, sizeOf(c.node.output.dims)); element++)
      vectors.push(around(`special value ${element}`, c, element, bitsAt(output, c.node.output.dtype, element)));
  }
  for (const one of special.filter(({ of }) => bytesOf(of) <= MOST_BYTES)) {
    const claims = (admissible: boolean): bigint[] => tried(one).filter((claim) => claim.admissible === admissible).map(({ claimed }) => claimed);
    vectors.push(vector(one.about, one.of, one.element ?? 0, claims(true), claims(false).slice(0, 6)));
    for (const [order, stated] of underLanes(one.of).entries()) vectors.push(around(`${one.about}, in lanes, order ${order}`, stated, one.element ?? 0));
  }
  return vectors;
}

