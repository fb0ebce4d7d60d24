import { DType } from "../../core/tensor/dtype.ts";
import { Rule, type Opcode } from "../../core/program/types.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { SPECIAL_BITS, floats, isFiniteBits, isNaNBits, mixedBits, toOrder, fromOrder, words } from "./floats.ts";
import { bitsAt, corruptions, honestOutput, Judge, tensor, vector, type OnnxCase, type Vector } from "./judge.ts";
import type { Random } from "./random.ts";

/** An operator on two broadcast operands. */
export interface Binary {
  op: string;
  opcode: Opcode;
}

const broadcast = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i, rank = Math.max(a.length, b.length)) => {
    const [p, q] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    return p === 1 ? q : p;
  });

export function broadcastPair({ op, opcode }: Binary, dtype: DType, a: readonly number[], b: readonly number[], rawA: Uint8Array, rawB: Uint8Array, random?: Random): OnnxCase {
  return {
    node: {
      opcode, rule: dtype === DType.float32 ? Rule.rounded : Rule.equal, chunk: 0, flags: 0, attributes: [],
      output: tensor(dtype, broadcast(a, b), random), inputs: [tensor(dtype, a, random), tensor(dtype, b, random)],
    },
    inputs: [rawA, rawB],
    onnx: { op },
  };
}

/** Two shapes that broadcast: axes are dropped from the left or reduced to 1, in either. */
function shapes(random: Random): [number[], number[]] {
  const dims = Array.from({ length: random.int(0, 4) }, () => random.int(1, 4));
  const bend = (): number[] => dims.slice(random.chance(0.3) ? random.int(0, dims.length) : 0).map((d) => (random.chance(0.25) ? 1 : d));
  return random.chance(0.5) ? [dims, bend()] : [bend(), dims];
}

/** The second operand is often made to fit the first, so that results cancel, tie, overflow or become subnormal. */
function partner(bits: number, random: Random): number {
  const choice = random.int(0, 5);
  if (choice === 0) return (bits ^ 0x80000000) >>> 0;
  if (choice === 1 && isFiniteBits(bits)) return fromOrder(-toOrder(bits) + random.int(-3, 3));
  if (choice === 2) return ((bits + (random.int(-26, 26) << 23)) >>> 0) & 0xfffffffe; // close in exponent
  if (choice === 3) return (0x7f000000 - (bits & 0x7fffffff) + (random.int(-26, 3) << 23)) >>> 0; // reciprocal in exponent
  return mixedBits(random);
}

export async function floatFuzz(binary: Binary, random: Random, cases: number): Promise<void> {
  const judge = new Judge();
  for (let i = 0; i < cases; i++) {
    const [a, b] = shapes(random);
    const rawA = floats(sizeOf(a), () => mixedBits(random));
    const first = words(rawA);
    const rawB = floats(sizeOf(b), () => partner(random.pick([...first]), random));
    const c = broadcastPair(binary, DType.float32, a, b, rawA, rawB, random);
    const element = random.int(0, sizeOf(c.node.output.dims) - 1);
    const honest = words(await honestOutput(c))[element];
    judge.ask(c, element, BigInt(honest), true);
    for (const wrong of corruptions(honest, random)) {
      // The quotient by a zero may have the other sign.
      const signless = binary.op === "Div" && wrong === (honest ^ 0x80000000) >>> 0 && (wrong & 0x7fffffff) === 0x7f800000;
      judge.ask(c, element, BigInt(wrong), signless ? undefined : false);
    }
  }
  await judge.settle();
}

export async function specialPairs(binary: Binary): Promise<void> {
  const judge = new Judge();
  const n = SPECIAL_BITS.length;
  const raw = floats(n, () => 0);
  raw.set(new Uint8Array(Uint32Array.from(SPECIAL_BITS).buffer));
  const c = broadcastPair(binary, DType.float32, [n, 1], [n], raw, raw);
  words(await honestOutput(c)).forEach((honest, element) => {
    judge.ask(c, element, BigInt(honest), true);
    if (!isNaNBits(honest)) judge.ask(c, element, BigInt(fromOrder(toOrder(honest) + (toOrder(honest) > 0 ? -1 : 1))), false);
    judge.ask(c, element, 0x7fc00000n, isNaNBits(honest));
  });
  await judge.settle();
}

export async function integerFuzz(binary: Binary, random: Random, cases: number): Promise<void> {
  const judge = new Judge();
  for (let i = 0; i < cases; i++) {
    const dtype = random.pick([2, 3, 4, 5, 6, 7, 12, 13] as const);
    const [a, b] = shapes(random);
    const bytes = (dims: readonly number[]) => Uint8Array.from({ length: byteLength({ dtype, dims }) }, () => random.int(0, 255));
    const rawB = bytes(b);
    // No divisor is 0 or −1: the runtime's process would end with the least number by −1.
    if (binary.op === "Div") for (let k = 0; k < rawB.length; k += byteLength({ dtype, dims: [] })) rawB[k] = random.int(1, 254);
    const c = broadcastPair(binary, dtype, a, b, bytes(a), rawB, random);
    const element = random.int(0, sizeOf(c.node.output.dims) - 1);
    const honest = bitsAt(await honestOutput(c), dtype, element);
    judge.ask(c, element, honest, true);
    judge.ask(c, element, honest ^ (1n << BigInt(random.int(0, 8 * byteLength({ dtype, dims: [] }) - 1))), false);
  }
  await judge.settle();
}

/** Pairs at which an implementation of the four operations is likely to go wrong. */
const PAIRS: readonly [string, number, number][] = [
  ["1 and a third", 0x3f800000, 0x3eaaaaab],
  ["a tie in the last place", 0x3f800001, 0x33800000],
  ["cancellation down to one unit", 0x3f800001, 0xbf800000],
  ["far apart", 0x7f000000, 0x00000001],
  ["a subnormal and a normal number", 0x007fffff, 0x3f000001],
  ["two subnormal numbers", 0x00000003, 0x807fffff],
  ["the largest number and itself", 0x7f7fffff, 0x7f7fffff],
  ["the largest number and half a unit of it", 0x7f7fffff, 0x73000000],
  ["infinity and zero", 0x7f800000, 0x00000000],
  ["opposite infinities", 0x7f800000, 0xff800000],
  ["zero and zero", 0x00000000, 0x80000000],
  ["a NaN", 0x7fc00000, 0x3f800000],
];

export async function pairVectors(binary: Binary): Promise<Vector[]> {
  const at = (k: 1 | 2): Uint8Array => new Uint8Array(Uint32Array.from(PAIRS, (p) => p[k]).buffer);
  const c = broadcastPair(binary, DType.float32, [PAIRS.length], [PAIRS.length], at(1), at(2));
  const honest = words(await honestOutput(c));
  const integers = broadcastPair(binary, DType.int32, [2], [1], new Uint8Array(Int32Array.of(2147483647, -7).buffer), new Uint8Array(Int32Array.of(2).buffer));
  const exact = await honestOutput(integers);
  return [
    ...PAIRS.map(([about], i) => vector(about, c, i, BigInt(honest[i]), true)),
    ...PAIRS.map(([about], i) => vector(`${about}, one unit off`, c, i, BigInt(isNaNBits(honest[i]) ? 0 : (honest[i] ^ 1) >>> 0), false)),
    vector("int32", integers, 0, bitsAt(exact, DType.int32, 0), true),
    vector("int32, negative", integers, 1, bitsAt(exact, DType.int32, 1), true),
    vector("int32, off by one", integers, 1, bitsAt(exact, DType.int32, 1) ^ 1n, false),
  ];
}
