import { expect } from "chai";
import { modelNames, readDigits, readModel } from "../../../models/digits.ts";
import { openTestJudge } from "../../support/chain.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { commitTrace, constantTrees, traceReaders, traceTrees } from "../../../core/dispute/evidence.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { LEAF, TensorTree } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { slackIn } from "../../../core/slack/slack.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { Rule } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { lyingTrace } from "../../../scripts/devnet/liar.ts";
import { boundedDigits } from "../../support/bounded.ts";
import { fromOrder, toOrder } from "../../support/floats.ts";
import { graphModel } from "../../support/graph.ts";
import { edge } from "../../support/judge.ts";
import { playDispute } from "../../support/playDispute.ts";

const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer);
const idOf = ({ source }: Tensor): number => {
  if (source.kind !== "computed") throw new Error("a constant has no id");
  return source.id;
};

async function runOf(model: CompiledModel, input: Uint8Array): Promise<Uint8Array[]> {
  const tracer = await model.open(ortRuntime);
  const trace = (await tracer.run([input])).map((bytes) => Uint8Array.from(bytes));
  await tracer.release();
  return trace;
}

describe("attacks on the arithmetic", () => {
  let judge: Judge;
  let model: CompiledModel;
  let honest: Uint8Array[];
  before(async () => {
    judge = await openTestJudge();
    model = await boundedDigits();
    honest = await runOf(model, readDigits()[0].input);
  });
  after(() => judge.close());

  const constants = () => constantTrees(model.program, (node, input) => model.constant(node, input));
  const prover = (trace: readonly Uint8Array[]) => new Prover(model.program, traceTrees(commitTrace(model.program, trace), constants()));

  /**
   * An operator hides a false number behind a special one: a zero with a sign, a subnormal in its place, a NaN with a
   * payload, an infinity, or bytes past the end of a tensor. Each is one element that convicts; leaving out what would
   * show it, or naming an element that is not there, gives no verdict at all.
   */
  it("attack: special numbers, shapes and padding", async () => {
    const relu = model.program.nodes.findIndex(({ op }) => op === "Relu");
    const { output } = model.program.nodes[relu];
    const id = idOf(output);
    const zero = words(honest[id]).indexOf(0);
    expect(zero).to.be.at.least(0);
    for (const bits of [0x80000000, 0x00000001, 0x807fffff, 0x7fc00000, 0x7fc00001, 0xffc00000, 0x7f800000, 0xff800000]) {
      const lie = honest.map((bytes) => Uint8Array.from(bytes));
      words(lie[id])[zero] = bits;
      const against = prover(lie);
      const { proof } = against.prove(twin, relu, zero);
      const verdict = await judge.judge(against.programRoot, against.traceRoot, proof);
      expect(verdict.convicts, `0x${bits.toString(16)} ${verdict.revert}`).to.equal(true);
    }

    const truth = prover(honest);
    const innocent = truth.prove(twin, relu, zero);
    expect((await judge.judge(truth.programRoot, truth.traceRoot, innocent.proof)).convicts).to.equal(false);
    const beyond = sizeOf(output.dims);
    const last = truth.prove(twin, relu, beyond - 1).proof;
    const pastTheEnd = last.replace((beyond - 1).toString(16).padStart(64, "0"), (beyond + 5).toString(16).padStart(64, "0"));
    expect(pastTheEnd).to.not.equal(last);
    const verdict = await judge.judge(truth.programRoot, truth.traceRoot, pastTheEnd);
    expect(verdict.convicts).to.not.equal(true);

    // A committed leaf is longer than its tensor: what stands behind the last element must be zero.
    const short = model.program.nodes.findIndex((node) => byteLength(node.output) % LEAF !== 0);
    const size = byteLength(model.program.nodes[short].output);
    const leaf = Math.floor(size / LEAF);
    const trees = commitTrace(model.program, honest);
    const padded = new Uint8Array((leaf + 1) * LEAF);
    padded.set(trees[idOf(model.program.nodes[short].output)].data);
    padded[size] = 1;
    trees[idOf(model.program.nodes[short].output)] = new TensorTree({ dtype: 2, dims: [padded.length] }, padded);
    const against = new Prover(model.program, traceTrees(trees, constants()));
    const guilty = await judge.judge(against.programRoot, against.traceRoot, against.provePadding(short, leaf));
    expect(guilty.convicts, guilty.revert).to.equal(true);
    const clean = await judge.judge(truth.programRoot, truth.traceRoot, truth.provePadding(short, leaf));
    expect(clean.convicts, clean.revert).to.equal(false);
  });

  /** A requester crafts the input so that an honest operator's run breaks a rule: none of its numbers can. */
  it("attack: an input made to convict an honest operator", async () => {
    const special = [0x7fc00123, 0xffc00000, 0x7f800000, 0xff800000, 0x80000000, 1, 0x807fffff, 0x7f7fffff, 0xff7fffff, 0x00800000, 0];
    const input = new Uint8Array(Uint32Array.from({ length: 64 }, (_, i) => special[(i * 7) % special.length]).buffer);
    const large = new Uint8Array(Float32Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 3e38 : -3e38)).buffer);
    const tiny = new Uint8Array(Float32Array.from({ length: 64 }, (_, i) => (i % 3) * 1e-42).buffer);
    let judged = 0;
    for (const crafted of [input, large, tiny]) {
      const trace = await runOf(model, crafted);
      const truth = prover(trace);
      for (const [index, { op, output }] of model.program.nodes.entries()) {
        for (let element = 0; element < sizeOf(output.dims); element += Math.ceil(sizeOf(output.dims) / 3)) {
          const { proof } = truth.prove(twin, index, element);
          const verdict = await judge.judge(truth.programRoot, truth.traceRoot, proof);
          expect(verdict.convicts, `${op} element ${element} ${verdict.revert}`).to.equal(false);
          judged++;
        }
      }
    }
    expect(judged).to.be.greaterThan(50);
  });

  /** The honest challenger's last move against a trace of which the operator serves everything. */
  async function disputed(attacked: CompiledModel, own: readonly Uint8Array[], claimed: readonly Uint8Array[]) {
    const { program } = attacked;
    const constant = constantTrees(program, (node, input) => attacked.constant(node, input));
    const solver = { constant, recompute: (node: number, tensor: (id: number) => Uint8Array) => attacked.recompute(ortRuntime, node, tensor), twin, breathe: () => Promise.resolve() };
    const trees = commitTrace(program, claimed);
    const { end } = await playDispute({ program, own: commitTrace(program, own), claimed: trees, serves: () => true, public: program.outputs.map(({ id }) => id), solver });
    if (end.kind === "honest") return { convicts: false, op: "" };
    const against = new Prover(program, traceTrees(trees, constant));
    const verdict = await judge.judge(against.programRoot, against.traceRoot, against.prove(twin, end.node, end.element).proof);
    return { convicts: verdict.convicts, op: program.nodes[end.node].op };
  }

  /**
   * Requester and operator agree on an input that has no right answer: a pixel is NaN, or pixels are so large that sums
   * overflow to infinity and NaN. A Relu of a NaN then is NaN or 0, which the processor decides: the operator cannot put
   * a number of its choice there, and compute on from it to an output of its choice.
   */
  it("attack: an input that frees a result", async () => {
    const { program } = model;
    const relus = program.nodes.flatMap(({ op }, i) => (op === "Relu" ? [i] : []));
    for (const spoil of [(pixels: Float32Array) => void (pixels[27] = NaN), (pixels: Float32Array) => void pixels.forEach((_, i) => (pixels[i] = i % 3 === 0 ? -3e38 : 3e38))]) {
      const input = Uint8Array.from(readDigits()[3].input);
      spoil(new Float32Array(input.buffer));
      const run = await runOf(model, input);
      for (const chosen of [5, -1, Infinity, 1e-30]) {
        const lie = run.map((bytes) => Uint8Array.from(bytes));
        let freed = 0;
        for (const [index, node] of program.nodes.entries()) {
          const out = idOf(node.output);
          if (index > 0) lie[out] = Uint8Array.from(await model.recompute(ortRuntime, index, (id) => lie[id]));
          if (!relus.includes(index)) continue;
          const x = floats(lie[idOf(node.inputs[0]!)]);
          const y = new Float32Array(lie[out].buffer);
          x.forEach((value, i) => Number.isNaN(value) && (freed++, (y[i] = chosen)));
        }
        expect(freed).to.be.greaterThan(0);
        expect(await disputed(model, run, lie)).to.deep.equal({ convicts: true, op: "Relu" });
      }
      // What another processor may give, 0 in the place of every NaN of the last Relu, convicts nobody.
      const other = run.map((bytes) => Uint8Array.from(bytes));
      const last = relus[relus.length - 1];
      for (const [index, node] of program.nodes.entries()) {
        if (index > last) other[idOf(node.output)] = Uint8Array.from(await model.recompute(ortRuntime, index, (id) => other[id]));
        else if (index === last) {
          const y = new Float32Array(other[idOf(node.output)].buffer);
          y.forEach((value, i) => Number.isNaN(value) && (y[i] = 0));
        }
      }
      expect((await disputed(model, run, other)).convicts).to.equal(false);
    }
  });

  /**
   * A NaN has reached the mean before the last layer. An infinity of the operator's choice in its place would pass the
   * last layer and decide which class wins: a NaN stays one.
   */
  it("attack: an infinity where a NaN belongs", async () => {
    const { program } = model;
    const input = Uint8Array.from(readDigits()[3].input);
    new Float32Array(input.buffer)[27] = NaN;
    const run = await runOf(model, input);
    const mean = program.nodes.findIndex(({ op }) => op === "GlobalAveragePool");
    for (const chosen of [Infinity, -Infinity]) {
      const lie = run.map((bytes) => Uint8Array.from(bytes));
      let freed = 0;
      for (const [index, node] of program.nodes.entries()) {
        const out = idOf(node.output);
        if (index > mean) lie[out] = Uint8Array.from(await model.recompute(ortRuntime, index, (id) => lie[id]));
        if (index !== mean) continue;
        const y = new Float32Array(lie[out].buffer);
        floats(run[out]).forEach((value, i) => Number.isNaN(value) && (freed++, (y[i] = chosen)));
      }
      expect(freed).to.be.greaterThan(0);
      expect(await disputed(model, run, lie)).to.deep.equal({ convicts: true, op: "GlobalAveragePool" });
    }
  });

  /**
   * Some results are no numbers by their nature: −∞ in a row of Softmax, as every mask of an attention has it, and products
   * of which a partial sum overflows though they cancel. Neither leaves the operator a number of its choice.
   */
  it("attack: a clause of a rule that frees a result", async () => {
    const f32 = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
    const float = (name: string, dims: readonly number[]) => ({ name, dtype: 1, dims }) as const;
    const masked = graphModel({
      inputs: [float("x", [1, 4])],
      constants: [{ ...float("mask", [1, 4]), raw: f32([0, -Infinity, 0, -Infinity]) }],
      nodes: [["Add", ["x", "mask"], "m"], ["Softmax", ["m"], "y", { axis: 1 }]],
      outputs: [float("y", [1, 4])],
    });
    const row = Array.from({ length: 64 }, (_, k) => (k < 2 ? (-1) ** k * 2 ** 63 : k % 3));
    const cancelling = graphModel({
      inputs: [float("x", [1, 64]), float("w", [64, 1])],
      constants: [],
      nodes: [["MatMul", ["x", "w"], "y"]],
      outputs: [float("y", [1, 1])],
    });
    const weights = Array.from({ length: 64 }, (_, k) => (k < 2 ? 2 ** 63 : 1));
    const cases: [op: string, file: Uint8Array, inputs: readonly Uint8Array[], chosen: readonly number[]][] = [
      ["Softmax", masked, [f32([1, 2, 3, 4])], [0.9, 0.5, 0, -Infinity]],
      ["MatMul", cancelling, [f32(row), f32(weights)], [2 ** 112, -(2 ** 120), 3e38]],
    ];
    for (const [op, file, inputs, chosen] of cases) {
      const attacked = await compile(file, { runtime: ortRuntime, form: "source" });
      const { id } = attacked.program.outputs[0];
      expect(attacked.program.nodes.at(-1)!.op).to.equal(op);
      const tracer = await attacked.open(ortRuntime);
      const run = (await tracer.run(inputs)).map((bytes) => Uint8Array.from(bytes));
      await tracer.release();
      for (const value of chosen) {
        const lie = run.map((bytes) => Uint8Array.from(bytes));
        new Float32Array(lie[id].buffer)[0] = value;
        expect(await disputed(attacked, run, lie), `${op} ${value}`).to.deep.equal({ convicts: true, op });
      }
    }
  });

  /** The same on a model without bounds, as a bait for challengers: the one who takes it is right. */
  it("attack: a freed number as bait", async () => {
    const f32 = (n: number, of: (i: number) => number) => new Uint8Array(Float32Array.from({ length: n }, (_, i) => of(i)).buffer);
    const float = (name: string, dims: readonly number[]) => ({ name, dtype: 1, dims }) as const;
    const bait = await compile(
      graphModel({
        inputs: [float("x", [1, 4])],
        constants: [{ ...float("w", [4, 4]), raw: f32(16, (i) => (i % 3) - 1) }, { ...float("v", [4, 2]), raw: f32(8, (i) => i) }],
        nodes: [["MatMul", ["x", "w"], "a"], ["Relu", ["a"], "r"], ["MatMul", ["r", "v"], "y"]],
        outputs: [float("y", [1, 2])],
      }),
      { runtime: ortRuntime, form: "source" },
    );
    const run = await runOf(bait, f32(4, (i) => (i === 1 ? NaN : i)));
    const lie = run.map((bytes) => Uint8Array.from(bytes));
    lie[2] = f32(4, () => 5);
    lie[3] = Uint8Array.from(await bait.recompute(ortRuntime, 2, (id) => lie[id]));
    expect(await disputed(bait, run, lie)).to.deep.equal({ convicts: true, op: "Relu" });
  });

  /**
   * An operator moves every bounded number of a run to the edge of its bound, all in the direction that narrows the
   * decision, and computes on from there. What it can move is the published slack: nothing but where a rule is a bound,
   * and there far less than any decision is worth. One step further is convicted.
   */
  it("attack: drift inside all bounds, stacked", async () => {
    const { program } = model;
    const bounded = program.nodes.flatMap(({ rule }, i) => (rule === Rule.bound ? [i] : []));
    expect(bounded).to.have.length(1);
    const [pool] = bounded;
    const gemm = program.nodes.findIndex(({ op }) => op === "Gemm");
    const weights = floats(model.constant(gemm, 1)!);
    const id = idOf(program.nodes[pool].output);
    const scores = floats(honest[program.outputs[0].id]);
    const [first, second] = Array.from(scores.keys()).sort((i, j) => scores[j] - scores[i]);
    const readerOf = traceReaders(program, honest, constants());
    const readers = program.nodes[pool].inputs.map((tensor) => tensor && readerOf(tensor));
    const directions = Array.from({ length: 32 }, (_, c): 1 | -1 => (weights[32 * first + c] > weights[32 * second + c] ? -1 : 1));
    const outside = Array.from(words(honest[id]), (bits, c) =>
      edge(bits, directions[c], (claimed) => twin(program.nodes[pool], c, BigInt(claimed), readers)),
    );

    const edges = outside.map((bits, c) => fromOrder(toOrder(bits) - directions[c]));
    const drifted = await lyingTrace(model, ortRuntime, honest, id, (bytes) => words(bytes).set(edges));
    const after = floats(drifted[program.outputs[0].id]);
    const [{ margin, shift }] = slackIn(model, honest);
    const moved = scores[first] - scores[second] - (after[first] - after[second]);
    expect(moved).to.be.greaterThan(0);
    // The scores are float32: their own rounding comes on top.
    expect(moved).to.be.at.most(shift! + Math.abs(scores[first]) * 2 ** -20);
    expect(after[first] - after[second]).to.be.greaterThan(0.999 * margin!);
    const against = prover(drifted);
    const atEdge = await judge.judge(against.programRoot, against.traceRoot, against.prove(twin, pool, 0).proof);
    expect(atEdge.convicts, atEdge.revert).to.equal(false);

    const beyond = await lyingTrace(model, ortRuntime, honest, id, (bytes) => words(bytes).set(outside.slice(0, 1)));
    const guilty = prover(beyond);
    const verdict = await judge.judge(guilty.programRoot, guilty.traceRoot, guilty.prove(twin, pool, 0).proof);
    expect(verdict.convicts, verdict.revert).to.equal(true);

    let withoutBounds = 0;
    for (const name of modelNames) {
      const other = await compile(readModel(name), { runtime: ortRuntime, form: "source" });
      if (other.program.nodes.some(({ rule }) => rule === Rule.bound)) continue;
      expect(slackIn(other, await runOf(other, readDigits()[0].input))[0].shift).to.equal(0);
      withoutBounds++;
    }
    expect(withoutBounds).to.be.greaterThan(0);
  });
});
