import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { PartialTrace } from "../../../core/dispute/partialTrace.ts";
import { placeDepths, placeName } from "../../../core/dispute/places.ts";
import { nextMove } from "../../../core/dispute/solver.ts";
import { outputId, traceTree } from "../../../core/program/program.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { Rule } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { carryOn, isAdmitted, treesOf, withBounds, worldOf, type Trace, type World } from "../../support/disputes.ts";
import { graphModel } from "../../support/graph.ts";
import { playHonestly, type Game } from "../../support/playDispute.ts";
import { Random } from "../../support/random.ts";

/** Random graphs with a lie each: 8, or 100 under OPG_TEST_PROFILE=deep (OPG_LIES=n sets another number). */
const LIES = Number(process.env.OPG_LIES ?? (process.env.OPG_TEST_PROFILE === "deep" ? 100 : 8));

interface Clocks {
  provePeriod: string;
  revealPeriod: string;
  maxOpenDemands: string;
}
const parameters = ["local", "sepolia"].map(
  (name) => JSON.parse(readFileSync(join(import.meta.dirname, `../../../ignition/parameters/${name}.json`), "utf8")) as Clocks,
);
/** Demands, each answered in the last moment, from an opening in the last moment; the last one leaves time to convict. */
const ROUNDS = Math.min(...parameters.map(({ provePeriod, revealPeriod }) => Math.floor(Number(provePeriod) / Number(revealPeriod)) - 1));
const PLACES = Math.min(...parameters.map(({ maxOpenDemands }) => Number(maxOpenDemands)));

type Graph = Parameters<typeof graphModel>[0];
const f32 = (n: number, f: (i: number) => number) => new Uint8Array(Float32Array.from({ length: n }, (_, i) => f(i)).buffer);
const spec = (name: string, dims: readonly number[]) => ({ name, dtype: 1 as const, dims });

/** A feature map of up to 256 leaves that nodes under `bound` and exact ones work on in turn, and a head that reads all of it. */
function drawGraph(random: Random): Graph {
  const channels = random.pick([2, 4, 8]);
  let side = random.pick([32, 64, 96]);
  const constants: (ReturnType<typeof spec> & { raw: Uint8Array })[] = [];
  const nodes: [string, string[], string, Record<string, number | readonly number[]>?][] = [];
  const constant = (dims: readonly number[], f: (i: number) => number): string => {
    const name = `c${constants.length}`;
    constants.push({ ...spec(name, dims), raw: f32(sizeOf(dims), f) });
    return name;
  };
  let last = "x";
  const add = (op: string, inputs: string[], attributes?: Record<string, number | readonly number[]>): void => {
    const name = `t${nodes.length}`;
    nodes.push([op, [last, ...inputs], name, attributes]);
    last = name;
  };
  add("Add", [constant([1, channels, side, side], () => random.normal())]);
  for (let i = random.int(3, 9); i > 0; i--) {
    const op = random.pick(["BatchNormalization", "BatchNormalization", "Relu", "Add", "Mul", "Conv", "Conv3", "MaxPool", "Softmax"]);
    if (op === "BatchNormalization") add(op, [0, 1, 2, 3].map((k) => constant([channels], () => 0.5 + (k === 3 ? 1 : random.unit()))));
    else if (op === "Add" || op === "Mul") add(op, [constant([1, channels, side, side], () => random.normal())]);
    else if (op === "Conv") add("Conv", [constant([channels, channels, 1, 1], () => random.normal())]);
    else if (op === "Conv3") add("Conv", [constant([channels, channels, 3, 3], () => random.normal() / 3)], { pads: [1, 1, 1, 1] });
    else if (op === "MaxPool" && side > 32) {
      add(op, [], { kernel_shape: [2, 2], strides: [2, 2] });
      side /= 2;
    } else if (op === "Softmax") add(op, [], { axis: 1 });
    else add("Relu", []);
  }
  add("BatchNormalization", [0, 1, 2, 3].map(() => constant([channels], () => 0.5 + random.unit())));
  add("Relu", []);
  add("GlobalAveragePool", []);
  add("Flatten", []);
  add("Gemm", [constant([channels, 6], () => random.normal())]);
  return { inputs: [spec("x", [1, channels, 1, 1])], constants, nodes, outputs: [spec(last, [1, 6])] };
}

describe("search of withheld tensors from the outputs backwards", function () {
  this.timeout(3_600_000);

  const honestRun = async (world: World, inputs: Uint8Array[]): Promise<Uint8Array[]> => {
    const tracer = await world.model.open(ortRuntime);
    const trace = (await tracer.run(inputs)).map((bytes) => Uint8Array.from(bytes));
    await tracer.release();
    return trace;
  };

  /** The last bit of every number under `bound` is another: no hash of theirs is one's own. */
  const flipped = (world: World) => (node: number, rowMajor: Uint8Array): void => {
    if (world.program.nodes[node].rule !== Rule.bound) return;
    const words = new Uint32Array(rowMajor.buffer);
    for (let i = 0; i < words.length; i++) words[i] ^= 1;
  };

  const play = (world: World, honest: Trace, claimed: Trace): Promise<Game> =>
    playHonestly(world, honest, claimed, { serves: () => false, servesRoots: false, public: world.program.outputs.map(({ id }) => id), maxOpenDemands: PLACES });

  function expectConvicted(world: World, claimed: Trace, { end, rounds, demanded }: Game, about: string): void {
    if (end.kind !== "convict") throw new Error(`${about}: not convicted after ${rounds} rounds`);
    expect(isAdmitted(world, treesOf(world, claimed), end.node, end.element), about).to.deep.equal({ twin: false, exact: false });
    expect(rounds, about).to.be.at.most(ROUNDS);
    expect(demanded.length, about).to.be.at.most(ROUNDS * PLACES);
  }

  it("a lie behind a bounded tensor of 1,024 leaves, read by a mean over 256 of them, within the clocks", async () => {
    const [channels, side] = [4, 256];
    const size = channels * side * side;
    const world = withBounds(worldOf("mean", await compile(
      graphModel({
        inputs: [spec("x", [1, channels, 1, 1])],
        constants: [
          { ...spec("c", [1, channels, side, side]), raw: f32(size, (i) => Math.sin(i)) },
          ...["s", "b", "m", "v"].map((name, k) => ({ ...spec(name, [channels]), raw: f32(channels, (i) => 0.5 + 0.1 * (i + k)) })),
        ],
        nodes: [["Add", ["x", "c"], "a"], ["BatchNormalization", ["a", "s", "b", "m", "v"], "n"], ["Relu", ["n"], "r"], ["GlobalAveragePool", ["r"], "y"]],
        outputs: [spec("y", [1, channels, 1, 1])],
      }),
      { runtime: ortRuntime, form: "source" },
    )));
    const honest = await honestRun(world, [f32(channels, (i) => 0.3 * i)]);
    const relu = world.program.nodes.findIndex(({ op }) => op === "Relu");
    const bend = flipped(world);
    const claimed = await carryOn(world, honest.slice(0, 1), -1, (node, rowMajor) => {
      bend(node, rowMajor);
      if (node === relu) new Float32Array(rowMajor.buffer)[size - 5] = 1e6;
    });
    const game = await play(world, honest, claimed);
    expectConvicted(world, claimed, game, "the lie in the Relu");
    expect(game.end).to.include({ kind: "convict", node: relu, element: size - 5 });
    expect(game.rounds).to.be.at.most(6);
    expect(game.demanded.length).to.be.at.most(264);

    // What was demanded and waits for its answer is not added to, as little as it is asked for twice.
    const [own, theirs] = [treesOf(world, honest), treesOf(world, claimed)];
    const trace = new PartialTrace(game.trace.root, traceTree(own.map(({ root }) => root)));
    trace.learnAll(theirs.map(({ root }) => root));
    const known = {
      program: world.program,
      own,
      trace,
      rootsWithheld: true,
      served: new Map(world.program.outputs.map(({ id }) => [id, theirs[id]])),
      withheld: new Set(own.keys()),
      shown: [],
    };
    const solver = { constant: world.constant, recompute: () => expect.fail(), twin, cache: new Map(), breathe: () => Promise.resolve() };
    const first = await nextMove({ ...known, pending: new Set(), free: PLACES }, solver);
    if (first.kind !== "demand") throw new Error(`not a demand but ${first.kind}`);
    const depth = placeDepths(world.program);
    const pending = new Set(first.places.map((place) => placeName(place, depth(place.tensor))));
    expect(await nextMove({ ...known, pending, free: PLACES - pending.size }, solver)).to.deep.equal({ kind: "wait" });
  });

  it(`${LIES} random graphs, every bounded number another, one lie that shows: convicted in ${ROUNDS} rounds of ${PLACES} places`, async () => {
    const random = new Random(20261129);
    let rounds = 0;
    let places = 0;
    for (let lie = 0; lie < LIES; ) {
      const graph = drawGraph(random);
      const world = withBounds(worldOf("random", await compile(graphModel(graph), { runtime: ortRuntime, form: "source" })));
      const { nodes, inputs } = world.program;
      const honest = await honestRun(world, inputs.map((input) => f32(sizeOf(input.dims), () => random.normal())));
      const bend = flipped(world);
      const silent = await carryOn(world, honest.slice(0, inputs.length), -1, bend);
      const shown = world.program.outputs[0].id;
      for (let attempt = 0; attempt < 20; attempt++) {
        const node = random.int(0, nodes.length - 2);
        const element = random.int(0, sizeOf(nodes[node].output.dims) - 1);
        const amount = 10 ** random.int(-1, 4) * (random.chance(0.5) ? 1 : -1);
        const claimed = await carryOn(world, silent.slice(0, outputId(nodes[node])), node - 1, (at, rowMajor) => {
          bend(at, rowMajor);
          if (at === node) new Float32Array(rowMajor.buffer)[element] += amount;
        });
        const [before, after] = [silent, claimed].map((trace) => new Float32Array(Uint8Array.from(trace[shown]).buffer));
        const shift = Math.max(...before.map((x, i) => Math.abs(x - after[i]) / (Math.abs(x) + 1e-3)));
        if (shift < 1e-3) continue;
        const leaves = nodes.map(({ output }) => Math.ceil(byteLength(output) / 1024));
        const about = `${nodes.map(({ op }, i) => `${op}:${leaves[i]}`).join(" ")}; ${amount} in node ${node}, element ${element}, shift ${shift}`;
        const game = await play(world, honest, claimed);
        if (process.env.OPG_FIGURES === "1") console.log(`${game.rounds} rounds, ${game.demanded.length} places: ${about}`);
        expectConvicted(world, claimed, game, about);
        rounds = Math.max(rounds, game.rounds);
        places = Math.max(places, game.demanded.length);
        lie++;
        break;
      }
    }
    if (process.env.OPG_FIGURES === "1") console.log(`at most ${rounds} rounds and ${places} places`);
  });
});
