import { expect } from "chai";
import { openTestJudge } from "../../support/chain.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { Prover, type OpenTree } from "../../../core/dispute/proof.ts";
import type { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { traceTree } from "../../../core/program/program.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { modelNames, readDigits, readModel } from "../../../models/digits.ts";
import { boundedDigits } from "../../support/bounded.ts";
import { anotherHost, carryOn, corrupt, craftInput, INPUT_KINDS, isAdmitted, treesOf, worldOf, type Trace, type World } from "../../support/disputes.ts";
import { oneNodeModels } from "../../support/models.ts";
import { playDispute, type Game } from "../../support/playDispute.ts";
import { Random } from "../../support/random.ts";

/**
 * Opened disputes at random, played to the end by the solver: 10,000 lies and 10,000 honest runs under
 * OPG_TEST_PROFILE=deep (OPG_CAMPAIGN=n sets another number).
 */
const RUNS = Number(process.env.OPG_CAMPAIGN ?? (process.env.OPG_TEST_PROFILE === "deep" ? 10_000 : 120));
/** Runs of a model that lies are drawn from. */
const BASES = Math.min(100, 4 + RUNS / 50);

interface Base {
  readonly world: World;
  readonly trace: Trace;
  readonly own: readonly TensorTree[];
}

const play = ({ world, own }: Base, claimed: readonly TensorTree[], serves: (id: number) => boolean): Promise<Game> =>
  playDispute({
    program: world.program,
    own,
    claimed,
    solver: {
      constant: world.constant,
      recompute: (node, tensor) => world.model.recompute(ortRuntime, node, tensor),
      twin,
      breathe: () => Promise.resolve(),
    },
    serves,
    public: world.program.outputs.map(({ id }) => id),
  });

describe(`a campaign of ${RUNS} lies and ${RUNS} honest runs`, function () {
  this.timeout(3_600_000);
  let judge: Judge;
  let shipped: World[];
  before(async () => {
    judge = await openTestJudge();
    shipped = [];
    for (const name of modelNames) shipped.push(worldOf(name, await compile(readModel(name), { runtime: ortRuntime })));
  });
  after(() => judge.close());

  const runOf = async (world: World, inputs: readonly Uint8Array[]): Promise<Base> => {
    const tracer = await world.model.open(ortRuntime);
    const trace = (await tracer.run(inputs)).map((bytes) => Uint8Array.from(bytes));
    await tracer.release();
    return { world, trace, own: treesOf(world, trace) };
  };

  it("convicts every lie: any model, node, element and kind, carried on or not, served, withheld or in part", async () => {
    const random = new Random(20261121);
    const bases: Base[] = [];
    const digits = readDigits();
    for (let i = 0; i < BASES; i++) {
      for (const world of shipped) bases.push(await runOf(world, [digits[(7 * i) % digits.length].input]));
    }
    const kinds = new Map<string, number>();
    let convicted = 0;
    for (let run = 0; convicted < RUNS; run++) {
      expect(run, "draws").to.be.below(2 * RUNS + 100);
      const base = random.pick(bases);
      const { world } = base;
      const lie = corrupt(world, base.trace, random.int(0, world.program.nodes.length - 1), random);
      if (lie === undefined) continue;
      const carried = random.chance(0.7);
      const trace = carried ? await carryOn(world, lie.trace, lie.node) : lie.trace;
      const share = random.pick([0, 0, 0.5, 1]);
      const served = new Set([...trace.keys()].filter(() => random.unit() < share));
      const claimed = treesOf(world, trace);
      const { end, rounds } = await play(base, claimed, (id) => served.has(id));
      const about = `run ${run}: ${world.name}, node ${lie.node}, ${lie.kind} × ${lie.count}, ${carried ? "carried on" : "alone"}, served ${share}`;
      if (end.kind !== "convict") throw new Error(`${about}: not convicted`);
      expect(end.node, about).to.equal(lie.node);
      expect(rounds, about).to.be.at.most(8);
      const known = traceTree(claimed.map(({ root }) => root));
      const prover = new Prover<OpenTree>(world.program, { computed: end.trees, constant: world.constant }, known);
      const { proof } = prover.prove(twin, end.node, end.element);
      const verdict = await judge.judge(prover.programRoot, prover.traceRoot, proof);
      expect(verdict.convicts, `${about}: ${verdict.revert}`).to.equal(true);
      expect(verdict.fits, about).to.equal(true);
      kinds.set(lie.kind, (kinds.get(lie.kind) ?? 0) + 1);
      convicted++;
    }
    if (process.env.OPG_FIGURES === "1") console.log(`${convicted} of ${convicted} lies convicted:`, Object.fromEntries(kinds));
    expect(kinds.size).to.be.at.least(8);
  });

  it("convicts no honest run: crafted inputs, every operator, this host or another, served or withheld", async () => {
    const random = new Random(20261122);
    const worlds = [...shipped, worldOf("digits-cnn with a bounded mean", await boundedDigits())];
    const single = [...oneNodeModels].filter((_, i) => RUNS > 1_000 || i % 6 === 0);
    for (const [name, file] of single) worlds.push(worldOf(name, await compile(file, { runtime: ortRuntime, form: "source" })));
    const often = worlds.slice(0, shipped.length + 1);
    let judged = 0;
    let others = 0;
    for (let run = 0; run < RUNS; run++) {
      // Every kind of input on every model, the shipped ones more often.
      const world = random.chance(0.5) ? often[run % often.length] : worlds[run % worlds.length];
      const kind = INPUT_KINDS[Math.floor(run / 3) % INPUT_KINDS.length];
      const base = await runOf(world, world.program.inputs.map((spec) => craftInput(spec, kind, random)));
      const other = random.chance(0.5);
      const trace = other ? await carryOn(world, base.trace.slice(0, world.program.inputs.length), -1, anotherHost(world, random)) : base.trace;
      const claimed = treesOf(world, trace);
      if (claimed.some(({ root }, id) => root !== base.own[id].root)) others++;
      const served = random.chance(0.5);
      const { end } = await play(base, claimed, () => served);
      const about = `run ${run}: ${world.name} on ${kind} input, ${other ? "another host" : "this host"}`;
      expect(end.kind, about).to.equal("honest");
      for (let i = 0; i < 8; i++) {
        const node = random.int(0, world.program.nodes.length - 1);
        const element = random.int(0, sizeOf(world.program.nodes[node].output.dims) - 1);
        expect(isAdmitted(world, claimed, node, element), `${about}, node ${node}, element ${element}`).to.deep.equal({ twin: true, exact: true });
        judged++;
      }
      const node = random.int(0, world.program.nodes.length - 1);
      const prover = new Prover(world.program, { computed: (id) => claimed[id], constant: world.constant });
      const { proof } = prover.prove(twin, node, random.int(0, sizeOf(world.program.nodes[node].output.dims) - 1));
      const verdict = await judge.judge(prover.programRoot, prover.traceRoot, proof);
      expect(verdict.convicts, `${about}: ${verdict.revert}`).to.equal(false);
    }
    if (process.env.OPG_FIGURES === "1") console.log(`${RUNS} honest runs, ${others} of them unlike this host's, ${judged} elements: none convicted`);
    expect(others).to.be.greaterThan(0);
  });
});
