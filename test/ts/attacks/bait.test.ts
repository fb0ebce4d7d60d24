import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { commitTrace, traceReaders } from "../../../core/dispute/evidence.ts";
import { groundsOf, type Grounds } from "../../../core/dispute/grounds.ts";
import { jobDigest } from "../../../core/jobs/job.ts";
import { twin } from "../../../core/operators/index.ts";
import { hasBounds, outputId } from "../../../core/program/program.ts";
import { Rule } from "../../../core/program/types.ts";
import { reachOf } from "../../../core/slack/reach.ts";
import type { GameTerms } from "../../../oracle/ports.ts";
import { createTasks } from "../../../oracle/roles/tasks.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { createWatcher } from "../../../oracle/roles/watcher.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { AnsweringScene, claimOf, LIMITS, newId, OPG, OTHER, occasionOf, requestedByRoots } from "../../support/answeringScene.ts";
import { carryOn, worldOf, type Trace } from "../../support/disputes.ts";
import { floats, fromOrder, toOrder, usualBits, words } from "../../support/floats.ts";
import { float, graphModel } from "../../support/graph.ts";
import { edge } from "../../support/judge.ts";
import { playDispute } from "../../support/playDispute.ts";
import { Random } from "../../support/random.ts";

const ROWS = 512;
/** Normalised rows of six numbers, for which no order of the runtime's additions is stated: in the source's form they are under a bound. */
const WIDTH = 6;

/** Products, normalised rows, products over all of them. */
function network(): Uint8Array {
  const random = new Random(6);
  const constant = (name: string, dims: number[]) => ({ ...float(name, dims), raw: floats(dims.reduce((a, b) => a * b), () => usualBits(random)) });
  const shape = { name: "shape", dtype: 7, dims: [2], raw: new Uint8Array(BigInt64Array.of(1n, BigInt(ROWS * WIDTH)).buffer) } as const;
  return graphModel({
    inputs: [float("x", [ROWS, 8])],
    constants: [constant("w", [8, WIDTH]), constant("scale", [WIDTH]), constant("bias", [WIDTH]), constant("v", [ROWS * WIDTH, 3]), shape],
    nodes: [
      ["MatMul", ["x", "w"], "a"],
      ["LayerNormalization", ["a", "scale", "bias"], "n"],
      ["Reshape", ["n", "shape"], "f"],
      ["MatMul", ["f", "v"], "y"],
    ],
    outputs: [float("y", [1, 3])],
  });
}

async function runOf(model: CompiledModel, input: Uint8Array): Promise<Uint8Array[]> {
  const tracer = await model.open(ortRuntime);
  const trace = (await tracer.run([input])).map((bytes) => Uint8Array.from(bytes));
  await tracer.release();
  return trace;
}

const outputOf = ({ program }: CompiledModel, trace: Trace): Uint8Array => trace[program.outputs[0].id];

/** What a watcher with its own run makes of another one's output. */
function judged(model: CompiledModel, own: Trace, claimed: Uint8Array): Promise<Grounds> {
  const { constant } = worldOf("bait", model);
  const reach = (output: number, element: number) => reachOf(model, own, output, element, () => Promise.resolve());
  return groundsOf({ program: model.program, trace: own, constant, twin, reach }, claimed);
}

/** The run of a host whose processor rounds differently wherever a rule lets it: every bounded number is its neighbour. */
async function elsewhere(model: CompiledModel, own: Trace): Promise<Trace> {
  const random = new Random(9);
  return carryOn(worldOf("bait", model), own, -1, (node, rowMajor) => {
    if (model.program.nodes[node].rule !== Rule.bound) return;
    const bits = new Uint32Array(rowMajor.buffer, rowMajor.byteOffset, rowMajor.length / 4);
    bits.forEach((word, i) => (bits[i] = fromOrder(toOrder(word) + random.pick([-1, 1]))));
  });
}

/** Whether the dispute over a trace, all of it served, ends with a conviction. */
async function convicts(model: CompiledModel, own: Trace, claimed: Trace): Promise<boolean> {
  const { program, constant } = worldOf("bait", model);
  const solver = { constant, recompute: (node: number, tensor: (id: number) => Uint8Array) => model.recompute(ortRuntime, node, tensor), twin, breathe: () => Promise.resolve() };
  const trees = commitTrace(program, claimed);
  const { end } = await playDispute({ program, own: commitTrace(program, own), claimed: trees, serves: () => true, public: program.outputs.map(({ id }) => id), solver });
  return end.kind === "convict";
}

describe("baits for watchers", function () {
  this.timeout(60_000);
  const random = new Random(5);
  const input = floats(ROWS * 8, () => usualBits(random));
  let exact: CompiledModel;
  let bounded: CompiledModel;
  before(async () => {
    exact = await compile(network(), { runtime: ortRuntime });
    bounded = await compile(network(), { runtime: ortRuntime, form: "source" });
    expect([hasBounds(exact.program), hasBounds(bounded.program)]).to.deep.equal([false, true]);
  });

  /**
   * Without bounds another processor gives the same bytes. Whoever moves the numbers of any tensor by one unit in the last
   * place, and computes on, gives other bytes: a lie, and the watcher who takes the bait convicts.
   */
  it("attack: a bait on a model without bounds", async () => {
    const own = await runOf(exact, input);
    expect(outputOf(exact, await elsewhere(exact, own))).to.deep.equal(outputOf(exact, own));
    let baits = 0;
    for (const [index, node] of exact.program.nodes.entries()) {
      const lie = own.map((bytes) => Uint8Array.from(bytes));
      if (node.output.dtype !== 1) continue;
      const bits = words(lie[outputId(node)]);
      bits.forEach((word, i) => (bits[i] = fromOrder(toOrder(word) + 1)));
      lie[outputId(node)] = new Uint8Array(bits.buffer as ArrayBuffer);
      const claimed = await carryOn(worldOf("bait", exact), lie, index);
      if (Buffer.compare(outputOf(exact, claimed), outputOf(exact, own)) === 0) continue;
      expect(await judged(exact, own, outputOf(exact, claimed)), node.op).to.equal("lie");
      expect(await convicts(exact, own, claimed), node.op).to.equal(true);
      baits++;
    }
    expect(baits).to.be.greaterThan(5);
  });

  /** An honest operator with another processor is no bait either where there are bounds: nobody challenges it. */
  it("attack: a bait by an honest operator with another processor", async () => {
    const own = await runOf(bounded, input);
    const other = await elsewhere(bounded, own);
    expect(outputOf(bounded, other)).to.not.deep.equal(outputOf(bounded, own));
    expect(await convicts(bounded, own, other), "it is honest").to.equal(false);
    expect(await judged(bounded, own, outputOf(bounded, other))).to.equal("none");
  });

  /**
   * An operator moves every bounded number to the edge of its bound, all in the direction that moves one output, and computes on.
   * No processor does that, and no proof convicts it: it is in doubt. Twice the reach of all bounds is a lie, whatever the operator shows.
   */
  it("attack: a bait that moves bounded numbers on purpose", async () => {
    const own = await runOf(bounded, input);
    const world = worldOf("bait", bounded);
    const index = bounded.program.nodes.findIndex(({ rule }) => rule === Rule.bound);
    const node = bounded.program.nodes[index];
    const readerOf = traceReaders(bounded.program, own, world.constant);
    const readers = node.inputs.map((tensor) => tensor && readerOf(tensor));
    const weights = new Float32Array(bounded.constant(bounded.program.nodes.length - 1, 1)!.slice().buffer);
    const moved = own.map((bytes) => Uint8Array.from(bytes));
    const bits = words(moved[outputId(node)]);
    bits.forEach((word, i) => {
      const direction = weights[3 * i] > 0 ? 1 : -1;
      bits[i] = fromOrder(toOrder(edge(word, direction, (claimed) => twin(node, i, BigInt(claimed), readers))) - direction);
    });
    moved[outputId(node)] = new Uint8Array(bits.buffer as ArrayBuffer);
    const bait = await carryOn(world, moved, index);
    expect(await convicts(bounded, own, bait), "it stays inside all bounds").to.equal(false);
    expect(await judged(bounded, own, outputOf(bounded, bait))).to.equal("doubt");

    const { most } = (await reachOf(bounded, own, 0, 0, () => Promise.resolve()))!;
    const lie = new Float32Array(outputOf(bounded, own).slice().buffer);
    lie[0] += 2.1 * most;
    expect(await judged(bounded, own, new Uint8Array(lie.buffer))).to.equal("lie");
    for (const value of [NaN, Infinity, 1e30]) {
      lie[0] = value;
      expect(await judged(bounded, own, new Uint8Array(lie.buffer)), String(value)).to.equal("lie");
    }
    expect(await judged(bounded, own, outputOf(bounded, own).subarray(4)), "too short").to.equal("lie");
  });

  /** A NaN frees some results without any bound (docs/protocol.md §2.10): such a run is in doubt, and nothing else changes. */
  it("attack: a bait by a NaN on a model without bounds", async () => {
    const model = await compile(
      graphModel({
        inputs: [float("x", [1, 4])],
        constants: [{ ...float("v", [4, 2]), raw: floats(8, () => usualBits(random)) }],
        nodes: [["Relu", ["x"], "r"], ["MatMul", ["r", "v"], "y"]],
        outputs: [float("y", [1, 2])],
      }),
      { runtime: ortRuntime },
    );
    const values = (numbers: readonly number[]) => new Uint8Array(Float32Array.from(numbers).buffer);
    const own = await runOf(model, values([1, NaN, 2, 3]));
    const freed = own.map((bytes) => Uint8Array.from(bytes));
    freed[1] = values([1, 0, 2, 3]);
    const bait = await carryOn(worldOf("bait", model), freed, 0);
    expect(await convicts(model, own, bait), "0 is one of the right results").to.equal(false);
    expect(await judged(model, own, outputOf(model, bait))).to.equal("doubt");
    const ordinary = await runOf(model, values([1, 0, 2, 3]));
    expect(await judged(model, ordinary, outputOf(model, own)), "no NaN went in").to.equal("lie");
  });

  /** What is in doubt is challenged as far as the budget of a day goes: baits cost a watcher no more, and lies are never safe. */
  it("attack: baits until a day's budget is spent", async () => {
    const scene = await AnsweringScene.open();
    try {
      const context = scene.contextOf({}, {
        gameTerms: () => Promise.resolve({ challengeFee: 9n * OPG, challengeFeeBps: 100n } as GameTerms),
        ledgerBalance: () => Promise.resolve(1_000n * OPG),
      });
      const policy = { versions: "all", hiddenInputAfter: 1, hiddenInputBudget: 0n, doubtBudget: 25n * OPG } as const;
      const watcher = createWatcher(context, createDispatch(context), createTasks(context, LIMITS), policy);
      const judge = async (verdict: "doubtful" | "mismatch", now: number): Promise<boolean> => {
        const [id, events] = [newId(), [requestedByRoots()]];
        events.push({ type: "JobSubmitted", operator: OTHER, claim: claimOf(OTHER, now - 100), output: "0x01" });
        const occasion = occasionOf(id, events, now);
        await scene.store.recordVerdict(occasion.id, jobDigest(occasion.state.job), { verdict, detail: "" });
        await watcher.judge(occasion);
        return (await scene.planned(id, "challenge")).length === 1;
      };
      // A challenge of this bond costs 10 OPG.
      const challenged: boolean[] = [];
      for (let i = 0; i < 4; i++) challenged.push(await judge("doubtful", 1_000));
      expect(challenged).to.deep.equal([true, true, false, false]);
      expect(scene.told.filter(({ name }) => name === "spending.held")).to.have.length(2);
      expect(scene.told.at(-1)!.fields).to.include({ kind: "challenge", limit: "watcher.doubtBudget" });
      expect(await judge("mismatch", 1_000), "a lie is always challenged").to.equal(true);
      expect(await judge("doubtful", 1_000 + 86_401), "the next day has a budget of its own").to.equal(true);
    } finally {
      await scene.close();
    }
  });
});
