import { drawCorruptions } from "../../oracle/certify/corruptions.ts";
import { constantTrees } from "../../core/dispute/evidence.ts";
import { readersOf } from "../../core/dispute/proof.ts";
import { acceptance } from "../../core/exact/index.ts";
import { TensorTree, toCommitOrder } from "../../core/merkle/tensorTree.ts";
import { operatorOf, twin } from "../../core/operators/index.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { outputId, tracedTensors } from "../../core/program/program.ts";
import { BytesReader, elementBits } from "../../core/tensor/reader.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import { DType, widthOf } from "../../core/tensor/dtype.ts";
import { Rule, type Program } from "../../core/program/types.ts";
import type { Tensor, TensorSpec } from "../../core/tensor/tensor.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { Random as Generator } from "../../core/math/random.ts";
import type { Random } from "./random.ts";

/** A model, its program and what runs its nodes. */
export interface World {
  readonly name: string;
  readonly model: CompiledModel;
  readonly program: Program;
  readonly tensors: readonly Tensor[];
  readonly constant: (root: string) => TensorTree;
}

export function worldOf(name: string, model: CompiledModel): World {
  const { program } = model;
  const constant = constantTrees(program, (node, input) => model.constant(node, input));
  return { name, model, program, tensors: tracedTensors(program), constant };
}

/**
 * The same with every node under `bound` whose operator knows one. The compiler states the order of additions where it finds it, of more
 * operators than it used to; a program may leave it open all the same, and then hosts differ.
 */
export function withBounds(world: World): World {
  const nodes = world.program.nodes.map((node) => (operatorOf(node.opcode).bound === undefined ? node : { ...node, rule: Rule.bound, chunk: 0, flags: 0 }));
  if (!nodes.some(({ rule }) => rule === Rule.bound)) throw new Error(`no operator of "${world.name}" knows a bound`);
  return { ...world, program: { ...world.program, nodes } };
}

/** One run: row-major values of all tensors. */
export type Trace = readonly Uint8Array[];

export const treesOf = ({ tensors }: World, trace: Trace): TensorTree[] =>
  tensors.map((tensor, id) => new TensorTree(tensor, toCommitOrder(tensor, trace[id])));

/** The trace with every node after `node` recomputed by onnxruntime, `bend` having its way with each output. */
export async function carryOn(
  { model, program }: World,
  from: Trace,
  node: number,
  bend: (node: number, rowMajor: Uint8Array, trace: Trace) => void = () => {},
): Promise<Uint8Array[]> {
  const trace = [...from];
  for (let later = node + 1; later < program.nodes.length; later++) {
    const rowMajor = Uint8Array.from(await model.recompute(ortRuntime, later, (id) => trace[id]));
    bend(later, rowMajor, trace);
    trace[outputId(program.nodes[later])] = rowMajor;
  }
  return trace;
}

const bitsAt = (bytes: Uint8Array, width: number, element: number): bigint => {
  let bits = 0n;
  for (let i = width - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(bytes[width * element + i]);
  return bits;
};

const putBits = (bytes: Uint8Array, width: number, element: number, bits: bigint): void => {
  for (let i = 0; i < width; i++) bytes[width * element + i] = Number((bits >> BigInt(8 * i)) & 0xffn);
};

/** Readers of a node's inputs in a trace. */
const readersIn = (world: World, trace: Trace, node: number) =>
  world.program.nodes[node].inputs.map((t) => {
    if (t === undefined) return undefined;
    const data = t.source.kind === "computed" ? toCommitOrder(t, trace[t.source.id]) : world.constant(t.source.root).data;
    return new BytesReader(t, data);
  });

export interface Corruption {
  readonly node: number;
  readonly kind: string;
  /** Elements that were altered. */
  readonly count: number;
  readonly trace: Uint8Array[];
}

/**
 * Alters some elements of one node's output into values that the exact arithmetic forbids, in every way that
 * certification knows; undefined where everything is admitted there.
 */
export function corrupt(world: World, trace: Trace, node: number, random: Random): Corruption | undefined {
  const { output } = world.program.nodes[node];
  const width = widthOf(output.dtype);
  const size = sizeOf(output.dims);
  const id = outputId(world.program.nodes[node]);
  const altered = Uint8Array.from(trace[id]);
  const inputs = readersIn(world, trace, node);
  const kinds: string[] = [];
  const wanted = random.pick([1, 1, 1, 2, 8, 64]);
  for (let i = 0; i < wanted; i++) {
    const element = random.int(0, size - 1);
    const allowed = acceptance(world.program.nodes[node], element, inputs);
    const { corruptions } = drawCorruptions(
      {
        dtype: output.dtype,
        bits: bitsAt(trace[id], width, element),
        smallest: allowed.justOutside(),
        admits: (bits) => allowed.isAdmissible(bits),
        neighbour: (r) => bitsAt(trace[id], width, r.u32() % size),
      },
      new Generator(random.u32()),
    );
    if (corruptions.length === 0) continue;
    const { kind, bits } = random.pick(corruptions);
    putBits(altered, width, element, bits);
    kinds.push(kind);
  }
  if (kinds.length === 0) return undefined;
  return { node, kind: kinds[0], count: kinds.length, trace: trace.map((bytes, i) => (i === id ? altered : bytes)) };
}

/**
 * Moves some elements of a bounded output by a unit in the last place or two, as far as the exact arithmetic admits it:
 * what another processor's order of summation may do.
 */
export function anotherHost(world: World, random: Random): (node: number, rowMajor: Uint8Array, trace: Trace) => void {
  return (index, rowMajor, trace) => {
    const node = world.program.nodes[index];
    if (node.rule !== Rule.bound) return;
    const inputs = readersIn(world, trace, index);
    for (let element = 0; element < sizeOf(node.output.dims); element++) {
      const moved = bitsAt(rowMajor, 4, element) + BigInt(random.int(-2, 2));
      if (moved < 0n || moved > 0xffffffffn) continue;
      if (acceptance(node, element, inputs).isAdmissible(moved)) putBits(rowMajor, 4, element, moved);
    }
  };
}

/** Whether element `element` of a node is admitted, by the twin and by the exact arithmetic. */
export function isAdmitted(world: World, trees: readonly TensorTree[], node: number, element: number): { twin: boolean; exact: boolean } {
  const { program, constant } = world;
  const { output, inputs } = program.nodes[node];
  const readers = readersOf({ computed: (id) => trees[id], constant }, inputs);
  const claimed = new BytesReader(output, trees[outputId(program.nodes[node])].data);
  const bits = elementBits(claimed, element);
  const judged = program.nodes[node];
  return { twin: twin(judged, element, bits, readers), exact: acceptance(judged, element, readers).isAdmissible(bits) };
}

/** Inputs chosen to hurt: overflow, NaN, subnormals, cancellation, ties, constants that bias every rounding one way. */
export const INPUT_KINDS = ["normal", "pixels", "huge", "overflowing", "tiny", "special", "cancelling", "ties", "constant", "any bits"] as const;

export function craftInput({ dtype, dims }: TensorSpec, kind: (typeof INPUT_KINDS)[number], random: Random): Uint8Array {
  const size = sizeOf(dims);
  if (dtype !== DType.float32) return Uint8Array.from({ length: size * widthOf(dtype) }, () => random.u32() & 255);
  const special = [NaN, Infinity, -Infinity, -0, 0, 1e-45, -1e-45, 3.4028234663852886e38, -3.4028234663852886e38, 1.1754943508222875e-38];
  const one = 1 + random.int(0, 15) * 2 ** -23;
  const constant = random.normal() * 2 ** random.int(-20, 20);
  const draw: Record<typeof kind, (i: number) => number> = {
    "normal": () => random.normal(),
    "pixels": () => random.int(0, 16) / 16,
    "huge": () => random.normal() * 1e18,
    "overflowing": () => random.normal() * 3e38,
    "tiny": () => random.normal() * 1e-42,
    "special": () => (random.chance(0.2) ? random.pick(special) : random.normal()),
    "cancelling": (i) => (i % 2 === 0 ? 1 : -1) * 2 ** 24 + random.int(-1, 1),
    "ties": () => random.int(-8, 8) + 0.5,
    "constant": () => (random.chance(0.02) ? one : constant),
    "any bits": () => new Float32Array(Uint32Array.of(random.u32()).buffer)[0],
  };
  return new Uint8Array(Float32Array.from({ length: size }, (_, i) => draw[kind](i)).buffer);
}
