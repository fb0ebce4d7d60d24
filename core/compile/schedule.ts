import type { Runtime } from "../runtime.ts";
import { Random } from "../math/random.ts";
import type { Schedule } from "../program/types.ts";
import { dotOf, matching } from "./dot.ts";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { distinct, encodeNode, feedsOf } from "./nodeModel.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Products compared for each of the random inputs of one node while its schedule is looked for. */
const SEARCH_BUDGET = 40_000_000;

/** Elements that a schedule must have been compared on, for each draw: a small node is run as often as that takes. */
const LEAST_ELEMENTS = 2_000;

/** Lengths of a chunk that kernels have been seen to use, the usual ones first; 0 is one chunk. */
const CHUNKS = [0, 256, 128, 512, 64, 1024, 2048, 384, 192, 32, 4096, 16, 768, 1536, 8];

/** How random operands are drawn: as trained networks have them, behind a Relu, and over a wide range of exponents. */
const DRAWS: readonly ((random: Random) => number)[] = [
  (random) => random.normal(),
  (random) => Math.max(0, random.normal()),
  (random) => random.normal() * 2 ** (Math.floor(random.unit() * 61) - 30),
];

function drawn(size: number, random: Random, draw: (random: Random) => number): Float32Array {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = draw(random);
  return values;
}

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Schedules that a dot product of that length may state, the simplest first. */
function candidates(length: number, hasBias: boolean, alpha: number): Schedule[] {
  const chunks = CHUNKS.filter((chunk) => chunk < length);
  // Within one chunk and with alpha 1 the bias is added once in either case: only "last" is stated.
  return chunks.flatMap((chunk) =>
    hasBias && (chunk !== 0 || alpha !== 1) ? [{ chunk, flags: 1 }, { chunk, flags: 0 }] : [{ chunk, flags: 0 }],
  );
}

/**
 * Whether a row may state this schedule. A chunk as long as the whole is written as 0, and the bias comes last where
 * there is none.
 */
export function isPermittedSchedule({ chunk, flags }: Schedule, mapped: Mapped): boolean {
  const length = mapped.reads.find((reading) => reading !== undefined)!.elements;
  const bias = mapped.inputs.length > 2 && mapped.inputs[2] !== undefined;
  return Number.isInteger(chunk) && chunk >= 0 && chunk < length && (flags === 0 || (flags === 1 && bias));
}

/** What two nodes must have in common to follow the same schedule. */
function signature(node: GraphNode, mapped: Mapped): string {
  const inputs = mapped.inputs.map((value) => (value === undefined ? null : [value.dims, value.constant !== undefined]));
  const aliased = mapped.inputs.map((value) => mapped.inputs.findIndex((other) => other?.name === value?.name));
  return JSON.stringify([node.op, node.opset, mapped.attributes, inputs, aliased]);
}

/**
 * Establishes schedules by running nodes alone on random operands, weights included: with the weights of a model that
 * somebody crafted, two schedules could agree on every input tried and differ on one kept back. Nodes that are alike are
 * run once.
 */
export class ScheduleFinder {
  readonly #runtime: Runtime;
  readonly #found = new Map<string, Promise<Schedule | undefined>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The schedule that every compared element follows, on every draw; undefined if there is none. */
  find(node: GraphNode, mapped: Mapped): Promise<Schedule | undefined> {
    return this.#once(node, mapped, undefined);
  }

  /** Whether every compared element follows this schedule, on every draw. */
  async follows(node: GraphNode, mapped: Mapped, schedule: Schedule): Promise<boolean> {
    return (await this.#once(node, mapped, schedule)) !== undefined;
  }

  #once(node: GraphNode, mapped: Mapped, stated: Schedule | undefined): Promise<Schedule | undefined> {
    const key = `${stated?.chunk}:${stated?.flags}:${signature(node, mapped)}`;
    const known = this.#found.get(key) ?? this.#search(node, mapped, stated && [{ chunk: stated.chunk, flags: stated.flags }]);
    this.#found.set(key, known);
    return known;
  }

  async #search(node: GraphNode, mapped: Mapped, stated: readonly Schedule[] | undefined): Promise<Schedule | undefined> {
    let alive = stated;
    const inputs = distinct(mapped.inputs);
    for (const [seed, draw] of DRAWS.entries()) {
      const random = new Random(seed + 1);
      const values = new Map<string, Float32Array>();
      for (const { name, dims } of inputs) values.set(name, drawn(sizeOf(dims), random, draw));
      const dataOf = ({ name }: Value) => bytesOf(values.get(name)!);
      const session = await this.#runtime.open(encodeNode(node, inputs, dataOf));
      try {
        for (let compared = 0; compared < LEAST_ELEMENTS; compared += sizeOf(node.output.dims)) {
          const dot = dotOf(mapped, mapped.inputs.map((value) => value && values.get(value.name)!));
          alive ??= candidates(dot.length, dot.hasBias, dot.alpha);
          const output = (await session.run(feedsOf(inputs, dataOf))).get(node.output.name)!;
          alive = matching(dot, floatsOf(output.data), alive, SEARCH_BUDGET);
          if (alive.length === 0) return undefined;
          for (const value of inputs) {
            if (value.constant === undefined) values.set(value.name, drawn(sizeOf(value.dims), random, draw));
          }
        }
      } finally {
        await session.release();
      }
    }
    return alive?.[0];
  }
}
