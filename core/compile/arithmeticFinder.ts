import type { Runtime, RuntimeSession } from "../runtime.ts";
import { Random } from "../math/random.ts";
import type { Arithmetic } from "../program/types.ts";
import { DType } from "../tensor/dtype.ts";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { distinct, encodeNode, feedsOf } from "./nodeModel.ts";
import { candidatesOf, following } from "./nodeTrial.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { sizeOf } from "../tensor/shape.ts";

/**
 * Products compared of a dot product on the first draw, about, and on each of the others. Rationale: the schedule follows from the
 * sizes by a formula (operators/floatDot/sgemm.ts); another order of addition shows in most elements, so a few hundred of the dearest
 * decide. The first draw says at which places a kernel adds in which order, the others whether numbers change that.
 */
const [FIRST_BUDGET, OTHER_BUDGET] = [2_000_000, 250_000];

/**
 * Elements that an arithmetic must have been compared on, for each draw: a small node is run as often as that takes, or until so
 * many numbers were drawn. Rationale: an element of a long sum says more than one of a short.
 */
const LEAST_ELEMENTS = 2_000;
const MOST_NUMBERS = 100_000;

/** Numbers that arithmetic is special for. */
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38];
const SPARSE = 41;

/**
 * How random operands are drawn: as trained networks have them, behind a Relu, over a wide range of exponents, over the range
 * in which functions of one number bend, and with special numbers among ordinary ones.
 */
const DRAWS: readonly ((random: Random) => number)[] = [
  (random) => random.normal(),
  (random) => Math.max(0, random.normal()),
  (random) => random.normal() * 2 ** (Math.floor(random.unit() * 61) - 30),
  (random) => random.unit() * 220 - 110,
  (random) => (random.unit() * SPARSE < 1 ? SPECIAL[Math.floor(random.unit() * SPECIAL.length)] : random.normal()),
];

/** Different numbers of a draw, which operands take in turn. A prime, so that the rows of no matrix begin alike. */
const PERIOD = 65_537;

const drawnOnce = (random: Random, draw: (random: Random) => number): Float32Array => {
  const numbers = new Float32Array(PERIOD);
  for (let i = 0; i < PERIOD; i++) numbers[i] = draw(random);
  return numbers;
};

/** Hands out the numbers of a draw, each list behind the one before, over and over. */
class Numbers {
  readonly #numbers: Float32Array;
  #next = 0;

  constructor(numbers: Float32Array) {
    this.#numbers = numbers;
  }

  take(size: number): Float32Array {
    const values = new Float32Array(size);
    for (let at = 0; at < size; ) {
      const run = this.#numbers.subarray(this.#next, this.#next + size - at);
      values.set(run, at);
      at += run.length;
      this.#next = (this.#next + run.length) % PERIOD;
    }
    return values;
  }
}

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** What two nodes must have in common to follow the same arithmetic. */
function signature(node: GraphNode, mapped: Mapped): string {
  const inputs = mapped.inputs.map((value) => (value === undefined ? null : [value.dims, value.constant !== undefined]));
  const aliased = mapped.inputs.map((value) => mapped.inputs.findIndex((other) => other?.name === value?.name));
  return JSON.stringify([node.op, node.opset, mapped.attributes, inputs, aliased]);
}

/** A constant of which there are not enough different numbers in a draw to be worth another session for each of them. */
const isLarge = ({ dims, constant }: Value): boolean => constant !== undefined && sizeOf(dims) > PERIOD;

/**
 * Establishes arithmetics by running nodes alone on random operands, weights included: with the weights of a model that
 * somebody crafted, two schedules could agree on every input tried and differ on one kept back. Nodes that are alike are
 * run once. Large weights are drawn once, as trained networks have them: the session keeps them while all else is drawn anew.
 */
export class ArithmeticFinder {
  readonly #runtime: Runtime;
  readonly #found = new Map<string, Promise<Arithmetic | undefined>>();
  #drawn: readonly Float32Array[] | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The numbers of every draw. */
  get #numbers(): readonly Float32Array[] {
    return (this.#drawn ??= DRAWS.map((draw, seed) => drawnOnce(new Random(seed + 1), draw)));
  }

  /** The first arithmetic that every compared element follows, on every draw; undefined if there is none. */
  find(node: GraphNode, mapped: Mapped): Promise<Arithmetic | undefined> {
    return this.#once(node, mapped, undefined);
  }

  /** Whether every compared element follows this arithmetic, on every draw. */
  async follows(node: GraphNode, mapped: Mapped, { rule, chunk, flags }: Arithmetic): Promise<boolean> {
    return (await this.#once(node, mapped, { rule, chunk, flags })) !== undefined;
  }

  #once(node: GraphNode, mapped: Mapped, stated: Arithmetic | undefined): Promise<Arithmetic | undefined> {
    const key = JSON.stringify(stated) + signature(node, mapped);
    const known = this.#found.get(key) ?? this.#search(node, mapped, stated === undefined ? candidatesOf(mapped) : [stated]);
    this.#found.set(key, known);
    return known;
  }

  async #search(node: GraphNode, mapped: Mapped, stated: readonly Arithmetic[]): Promise<Arithmetic | undefined> {
    let alive = stated;
    const inputs = distinct(node.inputs);
    const operands = distinct(mapped.inputs).filter(({ dtype }) => dtype === DType.float32);
    const [weights, computed] = [operands.filter(({ constant }) => constant !== undefined), operands.filter(({ constant }) => constant === undefined)];
    const run = { elements: sizeOf(node.output.dims), numbers: operands.reduce((sum, { dims }) => sum + sizeOf(dims), 0) };
    const runs = Math.max(1, Math.min(Math.ceil(LEAST_ELEMENTS / run.elements), Math.floor(MOST_NUMBERS / run.numbers)));
    const values = new Map<string, Float32Array>();
    // What is no operand is a parameter: it stays as it is.
    const dataOf = ({ name, constant }: Value) => (values.has(name) ? bytesOf(values.get(name)!) : constant!.data);
    let session: RuntimeSession | undefined;
    try {
      for (const [draw, own] of this.#numbers.entries()) {
        const numbers = new Numbers(own);
        const drawFor = (list: readonly Value[]): void => list.forEach(({ name, dims }) => values.set(name, numbers.take(sizeOf(dims))));
        if (session === undefined || !weights.some(isLarge)) {
          await session?.release();
          session = undefined;
          drawFor(weights);
          session = await this.#runtime.open(encodeNode(node, inputs, dataOf));
        }
        for (let i = 0; i < runs; i++) {
          drawFor(computed);
          const output = (await session.run(feedsOf(inputs, dataOf))).get(node.output.name)!;
          const given = mapped.inputs.map((value) => value && values.get(value.name));
          alive = following(mapped, given, floatsOf(output.data), alive, draw === 0 ? FIRST_BUDGET : OTHER_BUDGET);
          if (alive.length === 0) return undefined;
        }
      }
    } finally {
      await session?.release();
    }
    return alive[0];
  }
}
