import { expect } from "chai";
import { commitTrace, constantTrees } from "../../../core/dispute/evidence.ts";
import type { Solver } from "../../../core/dispute/game.ts";
import { Prover, type OpenTree } from "../../../core/dispute/proof.ts";
import { LEAF, TensorTree } from "../../../core/merkle/tensorTree.ts";
import { TRACE } from "../../../core/merkle/traceTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { outputId, tracedTensors } from "../../../core/program/program.ts";
import { Rule } from "../../../core/program/types.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { readDigits } from "../../../models/digits.ts";
import { graphModel } from "../../support/graph.ts";
import { boundedDigits } from "../../support/bounded.ts";
import { playDispute, type Game } from "../../support/playDispute.ts";

/**
 * Records of disputes over the digits CNN. A claimed run is what a host computed, altered by a lie, every later node run
 * on what stands there. A line is a move of the challenger; every demand is answered.
 */
describe("solver of disputes", () => {
  const setUp = async () => {
    const model = await boundedDigits();
    const tracer = await model.open(ortRuntime);
    const honest = await tracer.run([readDigits()[3].input]);
    await tracer.release();
    return { model, honest, constant: constantTrees(model.program, (node, input) => model.constant(node, input)) };
  };
  let world: Awaited<ReturnType<typeof setUp>>;
  before(async () => {
    world = await setUp();
  });

  type Lie = (rowMajor: Uint8Array) => void;
  const nodes = () => world.model.program.nodes;
  const out = (node: number): number => outputId(nodes()[node]);

  /** The trace after `lie`, carried through consistently by honest recomputation of every later node. */
  async function carried(node: number, lie: Lie, from: readonly Uint8Array[] = world.honest): Promise<Uint8Array[]> {
    const trace = from.map((bytes) => Uint8Array.from(bytes));
    lie(trace[out(node)]);
    for (let later = node + 1; later < nodes().length; later++) {
      trace[out(later)] = Uint8Array.from(await world.model.recompute(ortRuntime, later, (id) => trace[id]));
    }
    return trace;
  }

  interface Options {
    readonly serves?: (id: number) => boolean;
    readonly bend?: (trees: TensorTree[]) => void;
    readonly maxOpenDemands?: number;
  }

  async function play(trace: readonly Uint8Array[], options: Options = {}): Promise<Game & { judged: number }> {
    const { model, honest, constant } = world;
    const { program } = model;
    const claimed = commitTrace(program, trace);
    options.bend?.(claimed);
    let judged = 0;
    const solver: Omit<Solver, "cache"> = {
      constant,
      recompute: (node, tensor) => model.recompute(ortRuntime, node, tensor),
      twin: (...question) => {
        judged++;
        return twin(...question);
      },
      breathe: () => Promise.resolve(),
    };
    const own = commitTrace(program, honest);
    const game = await playDispute({
      program,
      own,
      claimed,
      solver,
      serves: options.serves ?? (() => false),
      public: program.outputs.map(({ id }) => id),
      maxOpenDemands: options.maxOpenDemands,
    });
    return { ...game, judged };
  }

  const flip = (element: number, bit = 0): Lie => (bytes) => void (bytes[4 * element + (bit >> 3)] ^= 1 << (bit & 7));
  const verdict = ({ end }: Game) => (end.kind === "convict" ? { node: end.node, element: end.element } : end.kind);

  it("recomputes every node as the whole run does", async () => {
    for (const [index, { name }] of nodes().entries()) {
      const alone = await world.model.recompute(ortRuntime, index, (id) => world.honest[id]);
      expect(Buffer.from(alone).equals(world.honest[out(index)]), name).to.equal(true);
    }
  });

  it("an honest run: nothing is asked, nothing is judged", async () => {
    const { record, judged } = await play(world.honest);
    expect(record).to.deep.equal(["honest"]);
    expect(judged).to.equal(0);
  });

  it("a lie in an exact tensor, all served: one tensor is fetched, one number judged", async () => {
    const trace = await carried(2, flip(1000));
    const { record, judged } = await play(trace, { serves: () => true });
    expect(record).to.deep.equal([`fetch ${out(2)}: served`, `convict ${nodes()[2].name} 1000`]);
    expect(judged).to.equal(1);
  });

  it("a lie in a large exact tensor, nothing served: hashes, one leaf, guilty", async () => {
    const node = nodes().findIndex(({ output }) => new TensorTree(output, new Uint8Array(byteLength(output))).depth > 1);
    const trace = await carried(node, flip(300));
    const game = await play(trace);
    expect(verdict(game)).to.deep.equal({ node, element: 300 });
    expect(game.record[0]).to.equal(`fetch ${out(node)}: withheld`);
    expect(game.record[1]).to.equal(`demand ${out(node)}:0/0`);
    expect(game.record[2]).to.match(new RegExp(`^demand ${out(node)}:\\d/\\d+$`));
    expect(game.record.length).to.equal(4);
    expect(game.judged).to.equal(1);
  });

  it("the altered number at every depth, carried through, nothing served: at most two rounds and three places", async () => {
    for (const [node, { rule, name }] of nodes().entries()) {
      if (rule === Rule.bound) continue;
      const game = await play(await carried(node, flip(7)));
      expect(verdict(game), name).to.deep.equal({ node, element: 7 });
      expect(game.rounds, name).to.be.at.most(2);
      expect(game.demanded.length, name).to.be.at.most(3);
    }
  });

  it("a lie in the submitted output itself needs no demand: everybody has it", async () => {
    const last = nodes().length - 1;
    const game = await play(await carried(last, flip(4)));
    expect(game.record).to.deep.equal([`convict ${nodes()[last].name} 4`]);
  });

  it("two lies: the first is found", async () => {
    const trace = await carried(2, flip(1000));
    flip(3)(trace[out(8)]);
    expect(verdict(await play(trace))).to.deep.equal({ node: 2, element: 1000 });
    expect(verdict(await play(trace, { serves: () => true }))).to.deep.equal({ node: 2, element: 1000 });
  });

  it("another host, whose bounded outputs differ in the last bits: adopted, served or not, and not accused", async () => {
    const { pool, other } = await otherHost();
    for (const serves of [() => true, () => false]) {
      const { end, demanded } = await play(other, { serves });
      expect(end.kind).to.equal("honest");
      for (const { tensor } of demanded) expect(tensor).to.equal(out(pool));
    }
  });

  it("a lie after the bounded outputs of another host: these are adopted first", async () => {
    const { pool, other } = await otherHost();
    const last = nodes().length - 1;
    const node = last - 1;
    const trace = await carried(node, flip(4), other);
    for (const serves of [() => true, () => false]) {
      const game = await play(trace, { serves });
      expect(verdict(game)).to.deep.equal({ node, element: 4 });
      expect(game.record[0]).to.equal(`fetch ${out(pool)}: ${serves() ? "served" : "withheld"}`);
    }
  });

  it("a lie in a bounded output, beyond the bound: guilty by its one leaf", async () => {
    const pool = nodes().findIndex(({ rule }) => rule === Rule.bound);
    const element = strongest(world.honest[out(pool)]);
    const game = await play(await carried(pool, flip(element, 20)));
    expect(verdict(game)).to.deep.equal({ node: pool, element });
  });

  it("served in part: what is not served is demanded", async () => {
    const trace = await carried(2, flip(1000));
    const game = await play(trace, { serves: (id) => id !== out(2) });
    expect(verdict(game)).to.deep.equal({ node: 2, element: 1000 });
    expect(game.record[0]).to.equal(`fetch ${out(2)}: withheld`);
  });

  it("padding that is not zero convicts by the element after the last", async () => {
    const tensors = tracedTensors(world.model.program);
    const node = nodes().findIndex(({ output, rule }) => byteLength(output) % LEAF !== 0 && rule !== Rule.bound);
    const id = out(node);
    const length = byteLength(tensors[id]);
    const padded = { dtype: 2 as const, dims: [Math.ceil(length / LEAF) * LEAF] };
    const data = new Uint8Array(padded.dims[0]);
    data.set(commitTrace(world.model.program, world.honest)[id].data);
    data[length] = 1;
    const game = await play(world.honest, { bend: (trees) => void (trees[id] = new TensorTree(padded, data)) });
    expect(verdict(game)).to.deep.equal({ node, element: length / 4 });
  });

  it("few places at a time: the same verdict, in more rounds", async () => {
    const { other } = await otherHost();
    const trace = await carried(nodes().length - 2, flip(4), other);
    const wide = await play(trace);
    const narrow = await play(trace, { maxOpenDemands: 1 });
    expect(verdict(narrow)).to.deep.equal(verdict(wide));
    expect(narrow.demanded.length).to.equal(wide.demanded.length);
    expect(narrow.rounds).to.be.at.least(wide.rounds);
  });

  it("a number that is not in canonical form is a lie like any other", async () => {
    const relu = nodes().findIndex(({ op }) => op === "Relu");
    const values = new Float32Array(Uint8Array.from(world.honest[out(relu)]).buffer);
    const zero = values.indexOf(0);
    const game = await play(await carried(relu, (bytes) => void (bytes[4 * zero + 3] = 0x80)));
    expect(verdict(game)).to.deep.equal({ node: relu, element: zero });
  });

  /** Index of the largest value. */
  function strongest(bytes: Uint8Array): number {
    const values = new Float32Array(Uint8Array.from(bytes).buffer);
    return values.indexOf(Math.max(...values));
  }

  /** The run of a host whose bounded outputs differ by one unit in the last place. */
  async function otherHost() {
    const pool = nodes().findIndex(({ rule }) => rule === Rule.bound);
    const other = await carried(pool, flip(strongest(world.honest[out(pool)])));
    return { pool, other };
  }
});

/** More tensors than an opening shows: roots are withheld, too. */
describe("solver of disputes over many tensors", function () {
  this.timeout(120_000);
  const CHANNELS = 4;
  const DIMS = [1, CHANNELS, 20, 20];
  const N = CHANNELS * 400;
  const f32 = (n: number, f: (i: number) => number) => new Uint8Array(Float32Array.from({ length: n }, (_, i) => f(i)).buffer);
  const spec = (name: string, dims: readonly number[]) => ({ name, dtype: 1 as const, dims });
  type World = Awaited<ReturnType<typeof chain>>;

  /** A chain of nodes; every `bounded`-th is under `bound`. */
  async function chain(length: number, bounded: number) {
    const moments = ["s", "b", "m", "v"].map((name, k) => ({ ...spec(name, [CHANNELS]), raw: f32(CHANNELS, (i) => 0.9 + 0.05 * ((i + k) % 3)) }));
    const nodes = Array.from({ length }, (_, i): [string, string[], string] =>
      (i + 1) % bounded === 0 ? ["BatchNormalization", [`t${i}`, "s", "b", "m", "v"], `t${i + 1}`] : ["Add", [`t${i}`, `c${i % 2}`], `t${i + 1}`],
    );
    const constants = [0, 1].map((k) => ({ ...spec(`c${k}`, DIMS), raw: f32(N, (i) => (k === 0 ? 1 : -1) * Math.sin(i + 1)) }));
    const file = graphModel({ inputs: [spec("t0", DIMS)], constants: [...constants, ...moments], nodes, outputs: [spec(`t${length}`, DIMS)] });
    const model = await compile(file, { runtime: ortRuntime, form: "source" });
    const tracer = await model.open(ortRuntime);
    const honest = (await tracer.run([f32(N, (i) => Math.cos(i))])).map((bytes) => Uint8Array.from(bytes));
    await tracer.release();
    return { model, honest, constant: constantTrees(model.program, (node, input) => model.constant(node, input)) };
  }

  /** The trace of a host whose bounded numbers differ in the last bit, with a lie in one node, carried on. */
  async function lying({ model, honest }: World, liar: number): Promise<Uint8Array[]> {
    const trace = honest.slice(0, 1);
    for (const [index, node] of model.program.nodes.entries()) {
      const rowMajor = Uint8Array.from(await model.recompute(ortRuntime, index, (id) => trace[id]));
      const words = new Uint32Array(rowMajor.buffer);
      if (node.rule === Rule.bound) for (let i = 0; i < words.length; i++) words[i] ^= 1;
      if (index === liar) new Float32Array(rowMajor.buffer)[700] += 1;
      trace[outputId(node)] = rowMajor;
    }
    return trace;
  }

  const play = ({ model, honest, constant }: World, trace: readonly Uint8Array[], servesRoots: boolean): Promise<Game> =>
    playDispute({
      program: model.program,
      own: commitTrace(model.program, honest),
      claimed: commitTrace(model.program, trace),
      solver: { constant, recompute: (node, tensor) => model.recompute(ortRuntime, node, tensor), twin, breathe: () => Promise.resolve() },
      serves: () => false,
      servesRoots,
      public: model.program.outputs.map(({ id }) => id),
    });

  it("an exact program: one place of roots, the first that differs, then one leaf of what differs first", async () => {
    const world = await chain(150, Infinity);
    for (const liar of [3, 70, 148]) {
      const trace = await lying(world, liar);
      const game = await play(world, trace, false);
      expect(game.end).to.include({ kind: "convict", node: liar, element: 700 });
      expect(game.record[0]).to.equal("fetch roots: withheld");
      expect(game.demanded.filter(({ tensor }) => tensor === TRACE)).to.have.length(1);
      expect(game.rounds).to.be.at.most(3);
      const served = await play(world, trace, true);
      expect(served.end).to.include({ kind: "convict", node: liar });
      expect(served.record[0]).to.equal("fetch roots: served");
      expect(served.demanded.some(({ tensor }) => tensor === TRACE)).to.equal(false);
    }
  });

  it("a program with bounds: all roots that differ at once, then backwards from the output", async () => {
    const world = await chain(90, 2);
    for (const liar of [10, 44, 80]) {
      const game = await play(world, await lying(world, liar), false);
      expect(game.end).to.include({ kind: "convict", node: liar });
      expect(game.rounds, game.record.join("\n").slice(0, 2_000)).to.be.at.most(9);
    }
  });

  it("an honest trace of many tensors: neither roots nor tensors are asked for", async () => {
    const world = await chain(150, Infinity);
    expect((await play(world, world.honest, false)).record).to.deep.equal(["honest"]);
  });

  it("proofs hold under the paths that were learnt", async () => {
    const world = await chain(100, 3);
    const trace = await lying(world, 60);
    const game = await play(world, trace, false);
    if (game.end.kind !== "convict") throw new Error("not convicted");
    const claimed = commitTrace(world.model.program, trace);
    const trees = { computed: game.end.trees, constant: world.constant };
    const whole = new Prover(world.model.program, { computed: (id) => claimed[id], constant: world.constant });
    const { proof } = new Prover<OpenTree>(world.model.program, trees, game.trace).prove(twin, game.end.node, game.end.element);
    expect(proof).to.equal(whole.prove(twin, game.end.node, game.end.element).proof);
  });
});
