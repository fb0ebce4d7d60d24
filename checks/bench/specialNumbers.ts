/**
 * `node checks/bench/specialNumbers.ts`: what stock onnxruntime makes of NaN, infinities and overflow on this processor, operator
 * by operator: the evidence of docs/protocol.md §2.10. Run it under an emulator for other instruction sets, for instance
 * `qemu-x86_64 -cpu SandyBridge node checks/bench/specialNumbers.ts`. It ends with 1 if a rule does not admit what came out.
 */
import { cpus } from "node:os";
import { acceptance } from "../../core/exact/index.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import { toCommitOrder } from "../../core/merkle/tensorTree.ts";
import { BytesReader } from "../../core/tensor/reader.ts";
import { DType, widthOf } from "../../core/tensor/dtype.ts";
import { Opcode } from "../../core/program/types.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { Attribute } from "../../test/support/onnxModel.ts";
import { runNode, type NodeInput } from "../../test/support/ort.ts";
import { Random } from "../../test/support/random.ts";
import { INFINITY_BITS, mayReadFloats, NAN_BITS, specialCase } from "../../test/support/specialNumbers.ts";

const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100];
const CASES_EACH = Number(process.env.OPG_FUZZ ?? 300);
const LOWEST = -3.4028234663852886e38;
const NAMED = new Map([...NAN_BITS, ...INFINITY_BITS].map((bits) => [bits, floatsOf(Uint32Array.of(bits))[0]]));

type Tally = Map<string, number>;

function floatsOf(words: Uint32Array): Float32Array {
  return new Float32Array(words.buffer, words.byteOffset, words.length);
}

const add = (tally: Tally, kind: string): void => void tally.set(kind, (tally.get(kind) ?? 0) + 1);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function show(operator: string, situation: string, tally: Tally): void {
  const parts = [...tally].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${kind} ${count.toLocaleString("en")}`);
  say(`${operator.padEnd(19)} ${situation.padEnd(46)} ${parts.join(", ")}`);
}

const float = (dims: readonly number[], values: ArrayLike<number>, constant = false): NodeInput => ({
  dtype: DType.float32, dims, raw: new Uint8Array(Float32Array.from(values).buffer), constant,
});
/** The same from bits, which keep the payload of a NaN. */
const words = (dims: readonly number[], bits: ArrayLike<number>): NodeInput => ({ dtype: DType.float32, dims, raw: new Uint8Array(Uint32Array.from(bits).buffer) });
const octets = (dtype: DType, dims: readonly number[], value: number, constant = true): NodeInput => ({
  dtype, dims, raw: new Uint8Array(sizeOf(dims)).fill(value), constant,
});

async function run(op: string, inputs: readonly NodeInput[], attributes: Record<string, Attribute> = {}, dtype: DType = DType.float32, opset?: number): Promise<Uint8Array> {
  const [output] = await runNode({ op, inputs, outputs: [{ dtype }], attributes, ...(opset !== undefined && { opset }) });
  return output.raw;
}
const numbers = (raw: Uint8Array): Float32Array => new Float32Array(raw.slice().buffer);

function kindOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  return value === 0 ? "0" : value === LOWEST ? "lowest" : "finite";
}

async function relu(): Promise<void> {
  const tally: Tally = new Map();
  for (const n of LENGTHS) for (const bits of NAN_BITS) for (const y of numbers(await run("Relu", [words([n], new Array<number>(n).fill(bits))]))) add(tally, kindOf(y));
  show("Relu", "NaN", tally);
}

const KERNELS = ["Exp", "Tanh", "Sigmoid", "Erf", "Gelu", "HardSigmoid"];
/** Where it is not the usual one. */
const OPSET_OF: Readonly<Record<string, number | undefined>> = { Gelu: 20 };

/** Functions of one and of two operands that a NaN gets through; either of two may be it, and one may be repeated. */
async function throughFunctions(): Promise<void> {
  const bounds = [float([], [0], true), float([], [6], true)];
  for (const [op, ...rest] of [["Sqrt"], ["Abs"], ["LeakyRelu"], ["Clip", ...bounds], ...KERNELS.map((op) => [op])] as [string, ...NodeInput[]][]) {
    const tally: Tally = new Map();
    for (const n of LENGTHS) for (const bits of NAN_BITS) for (const y of numbers(await run(op, [words([n], new Array<number>(n).fill(bits)), ...rest], {}, DType.float32, OPSET_OF[op]))) add(tally, kindOf(y));
    show(op, "NaN", tally);
  }
  for (const op of ["Max", "Min"]) {
    const tally: Tally = new Map();
    for (const n of LENGTHS)
      for (const bits of NAN_BITS)
        for (const other of [1, Infinity, -Infinity])
          for (const dims of [[n], [1]]) {
            const [nan, number] = [words(dims, new Array<number>(dims[0]).fill(bits)), float([n], new Array<number>(n).fill(other))];
            for (const inputs of [[nan, number], [number, nan]]) for (const y of numbers(await run(op, inputs))) add(tally, kindOf(y));
          }
    show(op, "a NaN and a number, either way round", tally);
  }
}

/** Rows in which one place, each in turn, holds a NaN, along the last axis and along others. */
async function reduceMax(): Promise<void> {
  for (const [what, rest] of [["a NaN among ones", 1], ["a NaN among −∞", -Infinity], ["nothing but NaN", NaN], ["nothing but −∞", undefined]] as const) {
    const tally: Tally = new Map();
    for (const n of LENGTHS)
      for (const [dims, axis] of [[[n, n], 1], [[n, n], 0], [[1, n, n, 1], 2]] as const) {
        const x = Array.from({ length: n * n }, (_, i) => (rest === undefined ? -Infinity : i % n === Math.floor(i / n) ? NaN : rest));
        for (const y of numbers(await run("ReduceMax", [float(dims, x)], { axes: { ints: [axis] } }, DType.float32, 13))) add(tally, kindOf(y).replace("finite", "1"));
      }
    show("ReduceMax", what, tally);
  }
}

async function maxPool(): Promise<void> {
  const shapes: [dims: number[], kernel: number[]][] = [[[1, 1, 9], [3]], [[1, 1, 40], [3]], [[1, 2, 9, 9], [2, 2]], [[1, 2, 9, 9], [3, 3]], [[1, 1, 20, 33], [3, 3]], [[1, 1, 5, 5, 5], [2, 2, 2]], [[1, 1, 6, 40], [1, 17]]];
  for (const [what, rest] of [["a NaN among numbers", 1], ["a NaN among −∞", -Infinity], ["nothing but NaN", NaN]] as const) {
    const tally: Tally = new Map();
    for (const [dims, kernel] of shapes)
      for (const dilation of [1, 2])
        for (let round = 0; round < 10; round++) {
          const x = Float32Array.from({ length: sizeOf(dims) }, (_, i) => (((i * 2654435761 + round * 97) >>> 3) % 5 === 0 ? NaN : rest === 1 ? ((i * 7 + round) % 11) + 1 : rest));
          const attributes = { kernel_shape: { ints: kernel }, ...(dilation > 1 && { dilations: { ints: kernel.map(() => dilation) } }) };
          for (const y of numbers(await run("MaxPool", [float(dims, x)], attributes))) add(tally, kindOf(y).replace("finite", "a tap"));
        }
    show("MaxPool", `${what}, windows of every place`, tally);
  }
}

/** Rows of a length in which one place, each in turn, holds what `make` says. */
async function softmax(): Promise<void> {
  const usual = (k: number): number => ((k * 7) % 5) - 2;
  const rows: [string, (n: number, i: number) => number[]][] = [
    ...[...NAMED].filter(([bits]) => bits !== 0xff800000).map(([bits, value]): [string, (n: number, i: number) => number[]] => [
      `${kindOf(value)} 0x${bits.toString(16)} in the row`,
      (n, i) => Array.from({ length: n }, (_, k) => (k === i ? value : usual(k))),
    ]),
    ["−∞ in the row", (n, i) => Array.from({ length: n }, (_, k) => (k === i && n > 1 ? -Infinity : usual(k)))],
    ["one number, the rest −∞", (n, i) => Array.from({ length: n }, (_, k) => (k === i ? LOWEST : -Infinity))],
    ["nothing but −∞", (n) => new Array<number>(n).fill(-Infinity)],
    ["NaN, the rest −∞", (n, i) => Array.from({ length: n }, (_, k) => (k === i ? NaN : -Infinity))],
    ["+∞, the rest −∞", (n, i) => Array.from({ length: n }, (_, k) => (k === i ? Infinity : -Infinity))],
  ];
  for (const [what, make] of rows) {
    const tally: Tally = new Map();
    for (const n of LENGTHS) {
      const x = Array.from({ length: n }, (_, i) => make(n, i));
      const y = numbers(await run("Softmax", [float([n, n], x.flat())], { axis: { int: 1 } }, DType.float32, 13));
      x.forEach((row, i) => {
        const greatest = Math.max(...row.filter((v) => v === v));
        const sum = row.reduce((s, v) => s + (v === -Infinity ? 0 : Math.exp(v - greatest)), 0);
        row.forEach((v, j) => {
          const expected = v === -Infinity ? 0 : Math.exp(v - greatest) / sum;
          const value = y[i * n + j];
          add(tally, Math.abs(value - expected) <= 1e-5 * expected + 1e-37 ? "as if −∞ were nothing" : kindOf(value));
        });
      });
    }
    show("Softmax", what, tally);
  }
}

async function reduceMean(): Promise<void> {
  const situations: [string, number[]][] = [["NaN in the row", [NaN]], ["+∞ in the row", [Infinity]], ["−∞ in the row", [-Infinity]], ["+∞ and −∞ in the row", [Infinity, -Infinity]]];
  for (const [op, shape] of [["ReduceMean", (n: number) => [n, n]], ["GlobalAveragePool", (n: number) => [1, n, n]]] as const)
    for (const [what, specials] of situations) {
      const tally: Tally = new Map();
      for (const n of LENGTHS.filter((length) => length >= specials.length)) {
        const x = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => specials[(k - i + n) % n] ?? k % 3)).flat();
        for (const y of numbers(await run(op, [float(shape(n), x)], op === "ReduceMean" ? { axes: { ints: [1] } } : {}, DType.float32, 13))) add(tally, kindOf(y));
      }
      show(op, what, tally);
    }
  const tally: Tally = new Map();
  for (const n of LENGTHS) {
    const x = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 3e38 : -3e38));
    for (const y of numbers(await run("ReduceMean", [float([1, n], x)], { axes: { ints: [1] } }, DType.float32, 13))) add(tally, kindOf(y));
  }
  show("ReduceMean", "±3e38, which cancel", tally);
}

async function batchNormalization(): Promise<void> {
  /** Rows of x, scale, B, mean, variance, ε, as many channels of one node for every length. */
  const situations: [string, number[], number][] = [
    ["a NaN as X", [NaN, 2, 3, 4, 1], 0], ["a NaN as variance", [1, 2, 3, 4, NaN], 0], ["∞ as X", [Infinity, 2, 3, 4, 1], 0], ["∞ as scale", [1, Infinity, 3, 4, 1], 0],
    ["∞ as mean", [1, 2, 3, Infinity, 1], 0], ["∞ as B", [1, 2, Infinity, 4, 1], 0], ["var + ε < 0", [1, 2, 3, 4, -1], 0], ["var + ε = 0", [1, 2, 3, 4, 0], 0],
    ["var + ε subnormal, xs = 1", [2 ** -70, 1, 3, 0, 2 ** -140], 0], ["var = ∞", [1, 2, 3, 4, Infinity], 1], ["var + ε overflows", [1, 2, 3, 4, 3e38], 3e38],
    ["s overflows", [1, 3e38, 3, 4, 1e-10], 0], ["μs overflows, μ = x", [1e30, 1e20, 3, 1e30, 1], 0], ["x − μ overflows, s small", [3e38, 1e-10, 3, -3e38, 1], 0],
  ];
  for (const [what, v, epsilon] of situations) {
    const tally: Tally = new Map();
    for (const n of LENGTHS) {
      const channel = (i: number) => float([n], new Array<number>(n).fill(v[i]));
      const y = numbers(await run("BatchNormalization", [float([1, n, 2], new Array<number>(2 * n).fill(v[0])), channel(1), channel(2), channel(3), channel(4)], { epsilon: { float: epsilon } }));
      for (const value of y) add(tally, value === 3 ? "B" : kindOf(value));
    }
    show("BatchNormalization", what, tally);
  }
}

async function layerNormalization(): Promise<void> {
  /** What a row of 0, 1, 2, 0, … begins with at every place, its scale and its bias. */
  const situations: [string, number[], number, number][] = [
    ["NaN in the row", [NaN], 2, 3], ["+∞ in the row", [Infinity], 2, 3], ["+∞ and −∞ in the row", [Infinity, -Infinity], 2, 3], ["∞ as scale", [5], Infinity, 3],
    ["∞ as bias", [5], 2, Infinity], ["a sum of squares overflows", [2 ** 100], 2, 3], ["a sum overflows", [3e38, 3e38], 2, 3],
  ];
  for (const [what, specials, scale, bias] of situations) {
    const tally: Tally = new Map();
    for (const n of LENGTHS.filter((length) => length > specials.length)) {
      const x = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => specials[(k - i + n) % n] ?? k % 3)).flat();
      const [g, b] = [scale, bias].map((value) => float([n], new Array<number>(n).fill(value)));
      for (const y of numbers(await run("LayerNormalization", [float([n, n], x), g, b]))) add(tally, y === 3 ? "b" : kindOf(y));
    }
    show("LayerNormalization", what, tally);
  }
}

/** An operand of a product at every place of rows of every length, the other operand a number, 0 or ∞. */
async function products(): Promise<void> {
  for (const [what, value, other] of [["NaN · 1", NaN, 1], ["NaN · 0", NaN, 0], ["∞ · 1", Infinity, 1], ["∞ · 0", Infinity, 0], ["∞ · ∞", Infinity, Infinity]] as const) {
    const tally: Tally = new Map();
    for (const n of LENGTHS)
      for (const columns of [1, 3, 16, 17]) {
        const a = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => (k === i ? value : k % 3))).flat();
        const b = new Array<number>(n * columns).fill(other);
        for (const constant of [false, true]) {
          for (const y of numbers(await run("MatMul", [float([n, n], a), float([n, columns], b, constant)]))) add(tally, kindOf(y));
          for (const y of numbers(await run("Gemm", [float([n, n], a), float([n, columns], b, constant)]))) add(tally, kindOf(y));
        }
      }
    show("MatMul, Gemm", what, tally);
  }
  const tally: Tally = new Map();
  for (const [channels, filters, group, k] of [[8, 8, 8, 3], [1, 1, 1, 3], [4, 8, 1, 3], [16, 16, 1, 3], [4, 8, 2, 3], [8, 8, 8, 5], [1, 8, 1, 3]])
    for (const bits of [NaN, Infinity])
      for (const [height, width] of [[5, 5], [8, 9], [16, 16]])
        for (let tap = 0; tap < k * k; tap++) {
          const w = Array.from({ length: (filters * channels * k * k) / group }, (_, i) => (i % (k * k) === tap ? bits : (i % 3) - 1.5));
          const x = Array.from({ length: channels * height * width }, (_, i) => 1 + (i % 7));
          const pad = (k - 1) / 2;
          const inputs = [float([1, channels, height, width], x), float([filters, channels / group, k, k], w, tap % 2 === 0)];
          const y = numbers(await run("Conv", inputs, { pads: { ints: [pad, pad, pad, pad] }, group: { int: group } }));
          y.forEach((value, i) => {
            const [row, column] = [(Math.floor(i / width) % height) - pad + Math.floor(tap / k), (i % width) - pad + (tap % k)];
            if (row < 0 || column < 0 || row >= height || column >= width) add(tally, kindOf(value));
          });
        }
  show("Conv", "a weight of ∞ or NaN over the padding", tally);
}

async function quantised(): Promise<void> {
  for (const dtype of [DType.int8, DType.uint8]) {
    const [least, greatest] = dtype === DType.int8 ? [0x80, 0x7f] : [0, 255];
    const name = (q: number): string => (q === least ? "least" : q === greatest ? "greatest" : q === 10 ? "zero point" : "another");
    const tally: Record<string, Tally> = { QuantizeLinear: new Map(), QLinearMatMul: new Map(), QLinearConv: new Map() };
    const scalar = (value: number) => float([], [value], false);
    const zero = (value: number) => octets(dtype, [], value);
    for (const n of LENGTHS) {
      for (const bits of NAN_BITS) for (const q of await run("QuantizeLinear", [words([n], new Array<number>(n).fill(bits)), scalar(0.1), zero(10)], {}, dtype)) add(tally.QuantizeLinear, name(q));
      const parameters = [scalar(NaN), zero(1)];
      for (const k of [3, 40]) for (const q of await run("QLinearMatMul", [octets(dtype, [2, k], 3, false), ...parameters, octets(dtype, [k, n], 3), scalar(1), zero(0), scalar(1), zero(10)], {}, dtype)) add(tally.QLinearMatMul, name(q));
      for (const q of await run("QLinearConv", [octets(dtype, [1, 2, 5, n], 3, false), ...parameters, octets(dtype, [4, 2, 1, 1], 3), scalar(1), zero(0), scalar(1), zero(10)], {}, dtype)) add(tally.QLinearConv, name(q));
    }
    for (const [op, counts] of Object.entries(tally)) show(op, `a NaN as ${dtype === DType.int8 ? "int8" : "uint8"}`, counts);
  }
}

/** Random nodes full of such numbers, every element against the rules by definition. Returns how many were not admitted. */
async function random(name: keyof typeof Opcode): Promise<number> {
  const source = new Random(Opcode[name] + 0x70000);
  let elements = 0;
  let refused = 0;
  for (let i = 0; i < CASES_EACH; i++) {
    const c = specialCase(name, source);
    const { dtype, dims } = c.node.output;
    const inputs = c.onnxInputs ?? c.node.inputs.map((t, k) => (t === undefined || c.inputs[k] === undefined ? null : { dtype: t.dtype, dims: t.dims, raw: c.inputs[k] }));
    const [{ raw }] = await runNode({ ...c.onnx, inputs, outputs: [{ dtype }] });
    canonicalise(dtype, raw);
    const readers = c.inputs.map((bytes, k) => bytes && new BytesReader(c.node.inputs[k]!, toCommitOrder(c.node.inputs[k]!, bytes)));
    for (let element = 0; element < Math.min(sizeOf(dims), 6); element++) {
      const at = sizeOf(dims) <= 6 ? element : source.int(0, sizeOf(dims) - 1);
      const width = widthOf(dtype);
      const bits = raw.slice(at * width, (at + 1) * width).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
      elements++;
      if (acceptance(c.node, at, readers).isAdmissible(bits)) continue;
      refused++;
      say(`  ${name} ${i}: element ${at} is 0x${bits.toString(16)}, which its rule forbids`);
    }
  }
  say(`${name.padEnd(19)} ${elements.toLocaleString("en").padStart(7)} elements of ${CASES_EACH} random nodes, ${refused} not admitted`);
  return refused;
}

say(`onnxruntime on ${process.arch}, ${cpus()[0]?.model ?? "unknown processor"}\n`);
for (const measure of [relu, throughFunctions, maxPool, reduceMax, quantised, softmax, reduceMean, batchNormalization, layerNormalization, products]) await measure();
say("\nAgainst the rules");
let refused = 0;
for (const name of Object.keys(Opcode) as (keyof typeof Opcode)[]) if (mayReadFloats(name, new Random(Opcode[name]))) refused += await random(name);
process.exitCode = refused === 0 ? 0 : 1;
