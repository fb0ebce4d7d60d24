/**
 * `npm run bench -- --budget`: what the units of the budget cost on the contracts, each beside its price in
 * core/dispute/budget.ts. A unit's cost is the difference of two judgements that differ in it, less what they differ in
 * besides at the costs found before.
 */
import { openHardhatJudge } from "../../oracle/certify/hardhatJudge.ts";
import { PRICES, WORK_PRICES, memoryGas, type Step } from "../../core/dispute/budget.ts";
import { Prover } from "../../core/dispute/proof.ts";
import { Steps } from "../../core/dispute/steps.ts";
import { bitsOf } from "../../core/math/float32.ts";
import { Random } from "../../core/math/random.ts";
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { conv as convolution } from "../../core/operators/floatDot/conv.ts";
import { CONTIGUOUS_ROWS } from "../../core/operators/floatDot/sgemm.ts";
import type { OperatorName } from "../../core/operators/descriptor.ts";
import { OPERATORS, twin, twinOf } from "../../core/operators/index.ts";
import { maxPool } from "../../core/operators/accumulation/maxPool.ts";
import { batchNormalization } from "../../core/operators/normalization/batchNormalization.ts";
import { reduceMean } from "../../core/operators/accumulation/reduceMean.ts";
import { softmax as normalisation } from "../../core/operators/normalization/softmax.ts";
import { layerNormalization } from "../../core/operators/normalization/layerNormalization.ts";
import type { OpTwin } from "../../core/operators/twin.ts";
import { RecordingReader } from "../../core/merkle/recordingReader.ts";
import type { Window } from "../../core/tensor/geometry.ts";
import { BytesReader } from "../../core/tensor/reader.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { familyOf } from "../../core/program/families.ts";
import { Opcode, Rule, type Node, type Program } from "../../core/program/types.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { openVerifierMeter } from "./verifierMeter.ts";

/** A unit that is shared has a price; of the gas that an operator counts for itself, one is worth one. */
type Unit = keyof typeof PRICES | keyof typeof WORK_PRICES | `gas of ${OperatorName}`;
type Counts = Partial<Record<Unit, number>>;

interface Operand {
  readonly dims: readonly number[];
  readonly perm?: readonly number[];
  readonly dtype?: DType;
  /** Elements as float32, or bytes of an integer type. */
  readonly value?: (i: number) => number;
}
interface Case {
  readonly opcode: Opcode;
  readonly rule: Rule;
  readonly chunk?: number;
  readonly flags?: number;
  readonly attributes?: readonly number[];
  readonly inputs: readonly Operand[];
  readonly out: readonly number[];
  /** Of the output; float32, or uint8 of a quantised product, unless told otherwise. */
  readonly outType?: DType;
  readonly element?: number;
  /** Tensors of the trace besides those of the node. */
  readonly others?: number;
  /** Whether its lines lie to and fro, so that each is looked for. */
  readonly jumps?: boolean;
  /** Elements of input 0 that are opened besides those that are read. */
  readonly open?: readonly number[];
}

const identity = (rank: number): number[] => Array.from({ length: rank }, (_, a) => a);
const random = new Random(5);

function treeOf({ dtype, dims }: Tensor, value: (i: number) => number): TensorTree {
  const data = new Uint8Array(byteLength({ dtype, dims }));
  const floats = dtype === DType.float32 ? new Float32Array(data.buffer) : undefined;
  for (let i = 0; i < sizeOf(dims); i++) if (floats === undefined) data[i] = value(i);
  else floats[i] = value(i);
  return new TensorTree({ dtype, dims }, data);
}

/** A program of one node, all operands of which are computed tensors, and a trace of it. */
function proverOf(c: Case): Prover {
  const tensor = ({ dims, perm = identity(dims.length), dtype = DType.float32 }: Operand, id: number): Tensor => ({ dtype, dims, perm, source: { kind: "computed", id } });
  const inputs = c.inputs.map(tensor);
  const quantised = familyOf(c.opcode) === "IntegerDot";
  const output = tensor({ dims: c.out, dtype: c.outType ?? (quantised ? DType.uint8 : DType.float32) }, inputs.length);
  const node: Node & { name: string; op: string } = { name: "n", op: "n", opcode: c.opcode, rule: c.rule, chunk: c.chunk ?? 0, flags: c.flags ?? 0, attributes: c.attributes ?? [], inputs, output };
  const trees = [...inputs, output].map((t, i) => treeOf(t, c.inputs[i]?.value ?? (() => random.normal())));
  const others = c.others ?? 0;
  const program: Program = { tensorCount: trees.length + others, inputs: [], outputs: [], nodes: [node] };
  for (let i = 0; i < others; i++) trees.push(trees[0]);
  return new Prover(program, { computed: (id) => trees[id], constant: () => trees[0] });
}

/** The units of a judgement in one step. */
function countsOf(name: OperatorName, { rowBytes, rowPath, tensors, work }: Step): { counts: Counts; words: number } {
  const sum = (of: (shown: Step["tensors"][number]) => number): number => tensors.reduce((n, shown) => n + of(shown), 0);
  const { words = 0, gas, ...rest } = work;
  return {
    words,
    counts: {
      judgement: 1,
      tensor: tensors.length,
      rowByte: rowBytes,
      leaf: sum(({ leaves }) => leaves),
      sibling: sum(({ siblings }) => siblings),
      path: rowPath + sum(({ path }) => path),
      line: sum(({ lines }) => lines),
      ...rest,
      ...(gas === undefined ? {} : { [`gas of ${name}`]: gas }),
    },
  };
}

const f32 = (...dims: number[]): Operand => ({ dims });
const scalar = (dtype: DType = DType.float32): Operand => ({ dims: [], dtype, value: () => (dtype === DType.float32 ? 1 : 3) });
const u8 = (...dims: number[]): Operand => ({ dims, dtype: DType.uint8, value: (i) => (i * 31) & 255 });
/** Exponents far apart: no block of eight is in reach of a chain's fast path. */
const wild = (i: number): number => (1 + (i % 7) / 7) * (i % 2 === 0 ? 2 ** 50 : 2 ** -50);

/** A window without padding. */
const plain = (kernel: readonly number[], dilation = 1): Window => {
  const [ones, zeros] = [kernel.map(() => 1), kernel.map(() => 0)];
  return { kernel, strides: ones, begins: zeros, ends: zeros, dilations: kernel.map(() => dilation) };
};
/** A Softmax over so many axes, from the first on. */
const normalised = (axes: number): number[] => normalisation.attributes.encode({ axisStart: 0, axisEnd: axes });

const matMul = (k: number, change: Partial<Case> = {}): Case => ({ opcode: Opcode.MatMul, rule: Rule.chain, inputs: [f32(1, k), f32(k, 1)], out: [1, 1], ...change });
const add = (change: Partial<Case> = {}): Case => ({ opcode: Opcode.Add, rule: Rule.rounded, inputs: [f32(64, 1024), f32(1, 1024)], out: [64, 1024], ...change });
const relu = (rank: number): Case => {
  const dims = Array.from({ length: rank }, () => 1);
  return { opcode: Opcode.Relu, rule: Rule.equal, inputs: [f32(...dims)], out: dims };
};
/** A 1-D convolution of one channel whose taps are all jumps. */
const conv = (taps: number): Case => ({ opcode: Opcode.Conv, rule: Rule.gemv, attributes: convolution.attributes.encode({ group: 1, window: plain([taps], 2) }), inputs: [f32(1, 1, 2 * taps), f32(1, 1, taps), f32(1)], out: [1, 1, 1] });
/** Both operands strided: an element at a time is copied. */
const strided = (k: number): Partial<Case> => ({ inputs: [{ dims: [2, k], perm: [1, 0] }, f32(k, 2)], out: [2, 2] });
/** Of contiguous rows, whose products take more than those of a row times a matrix. */
const gemv = (k: number, change: Partial<Case> = {}): Case => matMul(k, { rule: Rule.gemv, flags: CONTIGUOUS_ROWS, ...change });
const wide = (k: number): Partial<Case> => ({ inputs: [{ dims: [1, k], value: wild }, f32(k, 1)] });
/** A convolution over one of so many channels, whose taps are all jumps to and fro between leaves, or all in one leaf. */
const square = (channels: number): Case => ({
  opcode: Opcode.Conv,
  rule: Rule.gemv,
  attributes: convolution.attributes.encode({ group: channels, window: plain([8, 8]) }),
  inputs: [{ dims: [1, channels, 8, 8], perm: [0, 3, 2, 1] }, f32(channels, 1, 8, 8), f32(channels)],
  out: [1, channels, 1, 1],
});
const qLinear = (k: number): Case => ({
  opcode: Opcode.QLinearMatMul,
  rule: Rule.equal,
  inputs: [{ ...u8(2, k), perm: [1, 0] }, scalar(), scalar(DType.uint8), u8(k, 2), scalar(), scalar(DType.uint8), scalar(), scalar(DType.uint8)],
  out: [2, 2],
});
/** In lines of any length; and in short lines on as many axes as there may be. */
const mean = (lines: number, length: number): Case => ({ opcode: Opcode.ReduceMean, rule: Rule.bound, attributes: reduceMean.attributes.encode({ axes: [0, 1] }), inputs: [{ dims: [lines, length, 3], perm: [0, 2, 1] }], out: [1, 1, 3] });
/** The same of a maximum. */
const greatest = (lines: number, length: number): Case => ({ ...mean(lines, length), opcode: Opcode.ReduceMax, rule: Rule.equal });
/** Kernels, of a number at which they take most, with their parameters. */
const KERNELS: readonly (readonly [name: OperatorName, value: number, parameters?: readonly number[]])[] = [
  ["Exp", -90],
  ["Tanh", -0.7],
  ["Sigmoid", -0.7],
  ["Erf", -0.7],
  ["Gelu", -0.7, [1]],
  ["HardSigmoid", -0.7, [bitsOf(0.2), bitsOf(0.5)]],
];
const kernel = (opcode: Opcode, value: number, attributes: readonly number[] = []): Case => ({ ...relu(1), opcode, rule: Rule.kernel, attributes, inputs: [{ dims: [1], value: () => value }] });
const softmax = (rows: number, length: number): Case => ({ opcode: Opcode.Softmax, rule: Rule.bound, attributes: normalised(2), inputs: [{ dims: [rows, length, 3], perm: [0, 2, 1] }], out: [rows, length, 3] });
const splitSoftmax: Case = { opcode: Opcode.Softmax, rule: Rule.bound, attributes: normalised(8), inputs: [{ dims: [2, 2, 2, 2, 2, 2, 2, 2], perm: [6, 5, 4, 3, 2, 1, 0, 7] }], out: [2, 2, 2, 2, 2, 2, 2, 2] };
const layer = (length: number): Case => ({ opcode: Opcode.LayerNormalization, rule: Rule.bound, attributes: layerNormalization.attributes.encode({ axis: 1, epsilon: bitsOf(1e-5) }), inputs: [f32(2, length), f32(length), f32(length)], out: [2, length] });
/** Of the dearest numbers: none, or not all of them, are of usual size. */
const unusual = (i: number): number => (i % 2 === 0 ? 2 ** 100 : 1 + (i % 7) / 7);
const meanInLanes = (n: number): Case => ({ opcode: Opcode.ReduceMean, rule: Rule.lanes, chunk: 8, attributes: reduceMean.attributes.encode({ axes: [1] }), inputs: [{ dims: [1, n], value: (i) => (i === 3 ? Infinity : 1 + (i % 7) / 7) }], out: [1, 1] });
/** Every number is a block of its own. */
const meanOfColumn = (n: number): Case => ({ ...meanInLanes(n), attributes: reduceMean.attributes.encode({ axes: [0] }), inputs: [{ dims: [n, 2], value: unusual }], out: [1, 2] });
const softmaxInLanes = (n: number): Case => ({ opcode: Opcode.Softmax, rule: Rule.lanes, chunk: 16, attributes: normalisation.attributes.encode({ axisStart: 1, axisEnd: 2 }), inputs: [{ dims: [1, n], value: unusual }], out: [1, n] });
const layerInLanes = (n: number): Case => ({ ...layer(n), rule: Rule.lanes, chunk: 8, inputs: [{ dims: [2, n], value: (i) => (1 + (i % 7)) * 2 ** -140 }, f32(n), f32(n)] });
const squarePool = (channels: number): Case => ({
  opcode: Opcode.MaxPool,
  rule: Rule.equal,
  attributes: maxPool.attributes.encode({ window: plain([10, 10]) }),
  inputs: [{ dims: [1, channels, 10, 10], perm: [0, 3, 2, 1] }],
  out: [1, channels, 1, 1],
  jumps: channels > 1,
});
const flatPool = (taps: number): Case => ({
  opcode: Opcode.MaxPool,
  rule: Rule.equal,
  attributes: maxPool.attributes.encode({ window: plain([taps]) }),
  inputs: [f32(1, 1, taps)],
  out: [1, 1, 1],
});
/** The same of integers, every one of which is the greatest so far. */
const bytePool = (taps: number): Case => ({
  ...flatPool(taps),
  inputs: [{ dims: [1, 1, taps], dtype: DType.int8, value: (i) => (Math.floor((256 * i) / taps) + 128) & 255 }],
  outType: DType.int8,
});
const range = (from: number, until: number, step: number): number[] => Array.from({ length: Math.ceil((until - from) / step) }, (_, i) => from + i * step);

/** A unit, and the two judgements that it is found by. In an order in which what a pair differs in besides is known. */
const PAIRS: readonly (readonly [unit: Unit, less: Case, more: Case])[] = [
  ["rowByte", relu(1), relu(8)],
  ["sibling", { ...relu(1), inputs: [f32(256)], out: [256] }, { ...relu(1), inputs: [f32(2 ** 20)], out: [256] }],
  ["path", relu(1), { ...relu(1), others: 1000 }],
  ["leaf", add({ open: [0] }), add({ open: range(0, 2 ** 14, 256) })],
  ["tensor", relu(2), { opcode: Opcode.BatchNormalization, rule: Rule.bound, attributes: batchNormalization.attributes.encode({ epsilon: bitsOf(1e-5) }), inputs: [f32(1, 1), ...Array.from({ length: 4 }, () => f32(1))], out: [1, 1] }],
  ["chainProducts", matMul(128, strided(128)), matMul(2048, strided(2048))],
  ["chunks", matMul(1024, { chunk: 1024 - 8 }), matMul(1024, { chunk: 1 })],
  ["slowProducts", matMul(64, { inputs: [{ dims: [1, 64], value: wild }, f32(64, 1)] }), matMul(2048, { inputs: [{ dims: [1, 2048], value: wild }, f32(2048, 1)] })],
  ["gemvProducts", gemv(128, strided(128)), gemv(2048, strided(2048))],
  ["slowGemvProducts", gemv(64, wide(64)), gemv(2048, wide(2048))],
  ["line", square(1), square(256)],
  ["taps", conv(64), conv(4096)],
  ["byteProducts", qLinear(128), qLinear(16384)],
  ["gas of ReduceMean", mean(1, 128), mean(1, 8192)],
  ["gas of ReduceMax", greatest(1, 128), greatest(1, 8192)],
  ...KERNELS.map(([name, value, parameters]) => [`gas of ${name}`, relu(1), kernel(Opcode[name], value, parameters)] as const),
  ["gas of Softmax", softmax(1, 16), softmax(1, 512)],
  ["gas of LayerNormalization", layer(16), layer(2048)],
  ["gas of ReduceMean", meanInLanes(16), meanInLanes(4096)],
  ["gas of ReduceMean", meanOfColumn(16), meanOfColumn(512)],
  ["gas of Softmax", softmaxInLanes(16), softmaxInLanes(1024)],
  ["gas of LayerNormalization", layerInLanes(16), layerInLanes(2048)],
  ["runSteps", softmax(128, 2), splitSoftmax],
  ["runLines", softmax(1, 512), softmax(256, 2)],
  ["gas of MaxPool", bytePool(16), bytePool(1024)],
  ["gas of MaxPool", flatPool(16), flatPool(1024)],
  ["searches", squarePool(1), squarePool(256)],
];

/** What operators count for themselves. */
export const OWN: readonly string[] = OPERATORS.filter(({ gas }) => gas !== undefined).map(({ name }) => `gas of ${name}`);

const meter = await openVerifierMeter();

async function measure(c: Case): Promise<{ execution: number; counts: Counts; words: number }> {
  const prover = proverOf(c);
  const [node] = prover.program.nodes;
  const element = c.element ?? 0;
  const wider: OpTwin = (n, e, claimed, x) => {
    for (const offset of c.open ?? []) x[0]!.u32(offset);
    return twin(n, e, claimed, x);
  };
  const { proof } = prover.prove(wider, 0, element);
  const { execution } = await meter.measure(prover.programRoot, prover.traceRoot, proof);
  const readers = node.inputs.map((t, i) => t && new RecordingReader(new BytesReader(t, prover.trees.computed(i).data)));
  wider(node, element, 0n, readers);
  const { name, reduction, demand } = twinOf(node);
  const fresh = node.inputs.map((t, i) => t && new RecordingReader(new BytesReader(t, prover.trees.computed(i).data)));
  const most = reduction === undefined ? demand(node).work : reduction.work(node, element, 0, reduction.length(node), fresh, "0x");
  // Of the lines there may be, those that there are.
  const lines = readers[0]!.lines;
  const work = reduction !== undefined || most.runLines === undefined ? most : { ...most, runLines: lines, runSteps: (lines * most.runSteps!) / most.runLines, searches: c.jumps === true ? lines : 0 };
  // The lines of operators judged whole are units of their own.
  const counted = reduction === undefined ? readers.map((r) => r && Object.assign(r, { lines: 1 })) : readers;
  return { execution, ...countsOf(name, new Steps(prover.program, node).step(counted, work, { concluding: true, carried: 0 })) };
}

export async function showPrices(say: (line: string) => void): Promise<boolean> {
  const found: Counts = {};
  const rest = (counts: Counts, without: Unit): number =>
    Object.entries(counts).reduce((n, [unit, count]) => n + (unit === without ? 0 : count * (found[unit as Unit] ?? 0)), 0);
  const prices: Readonly<Record<string, number>> = { ...PRICES, ...WORK_PRICES, ...Object.fromEntries(OWN.map((unit) => [unit, 1])) };
  let ok = true;
  const row = (unit: Unit, cost: number): void => {
    const holds = cost <= prices[unit];
    ok &&= holds;
    say(`${holds ? "  " : "✗ "}${unit.padEnd(28)}${cost.toFixed(cost < 10 ? 2 : 0).padStart(10)}${String(prices[unit]).padStart(10)}${(cost / prices[unit]).toFixed(2).padStart(8)}`);
  };
  say(`  ${"unit".padEnd(28)}${"measured".padStart(10)}${"price".padStart(10)}${"ratio".padStart(8)}`);
  for (const [unit, less, more] of PAIRS) {
    const [a, b] = [await measure(less), await measure(more)];
    const difference = b.execution - a.execution - (memoryGas(b.words) - memoryGas(a.words)) - (rest(b.counts, unit) - rest(a.counts, unit));
    found[unit] = difference / ((b.counts[unit] ?? 0) - (a.counts[unit] ?? 0));
    row(unit, found[unit]);
  }
  // What is left of short judgements.
  let judgement = 0;
  for (const c of [relu(4), add(), gemv(8), qLinear(8), mean(1, 8), softmax(1, 8), layer(1), layer(8), flatPool(4), matMul(8), PAIRS.find(([unit]) => unit === "tensor")![2]]) {
    const { execution, counts, words } = await measure(c);
    judgement = Math.max(judgement, execution - memoryGas(words) - rest(counts, "judgement"));
  }
  row("judgement", judgement);
  await meter.close();

  // The game: a conviction less what the verifier takes. Every number is wrong in a random trace.
  const judge = await openHardhatJudge();
  const prover = proverOf(add());
  const { proof, admissible } = prover.prove(twin, 0, 0);
  if (admissible) throw new Error("a random number is admissible");
  const { gas } = await judge.judge(prover.programRoot, prover.traceRoot, proof);
  await judge.close();
  const again = await openVerifierMeter();
  const { transaction } = await again.measure(prover.programRoot, prover.traceRoot, proof);
  await again.close();
  row("game", gas - transaction);
  return ok;
}
