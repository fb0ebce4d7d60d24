import { expect } from "chai";
import { concat } from "ethers";
import { concatBytes, fromHex } from "../../../core/bytes.ts";
import { randomInputs } from "../../../core/compile/arithmetics.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { commitTrace, constantTrees, traceTrees } from "../../../core/dispute/evidence.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { CompileError } from "../../../core/faults.ts";
import type { Hex } from "../../../core/hex.ts";
import { twin } from "../../../core/operators/index.ts";
import { jobOutput } from "../../../core/program/jobOutput.ts";
import { outputId, traceTree } from "../../../core/program/program.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { gameInterface } from "../../../sdk/chain/contracts.ts";
import type { ReplayCase } from "../../../web/src/replay/examination.ts";
import { examine } from "../../../web/src/replay/examine.ts";
import { decimalOf, distanceOf, hexOf, integerFigure } from "../../../web/src/replay/figures.ts";
import { proofIn } from "../../../web/src/replay/moves.ts";
import { float, graphModel } from "../../support/graph.ts";
import { oneNodeModels } from "../../support/models.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { bitsAt } from "../../support/opCase.ts";
import { lie, traced } from "../../support/runs.ts";

const nowhere = (): Promise<Uint8Array> => Promise.reject(new Error("nothing is served"));

/** A dispute in which the operator opened this trace, and nobody proved anything. @param trace row-major bytes */
function opened(model: CompiledModel, inputs: readonly Uint8Array[], trace: readonly Uint8Array[]) {
  const { program } = model;
  const trees = commitTrace(program, trace);
  const roots = traceTree(trees.map(({ root }) => root));
  const given: ReplayCase = {
    canonical: model.canonical,
    programFile: model.programFile,
    programRoot: model.root as Hex,
    input: concatBytes(inputs),
    output: jobOutput(program, concatBytes(program.outputs.map(({ id }) => trace[id]))),
    opened: { traceRoot: roots.root as Hex, shown: concat(roots.below(0, 0)) as Hex, reveals: [], uri: "https://operator.example/t" },
    proof: undefined,
    mostWork: 1e8,
  };
  const served = (uri: string): Promise<Uint8Array> => {
    const name = uri.slice("https://operator.example/t/".length);
    return Promise.resolve(name === "roots" ? fromHex(concat(roots.roots)) : trees[Number(name)].data);
  };
  return { given, served, trees };
}

/** A chain of that many additions of one number. */
const additions = (count: number): Uint8Array =>
  graphModel({
    inputs: [float("x0", [300])],
    constants: [{ ...float("c", [300]), raw: new Uint8Array(new Float32Array(300).fill(0.1).buffer) }],
    nodes: Array.from({ length: count }, (_, i) => ["Add", [`x${i}`, "c"], `x${i + 1}`] as const),
    outputs: [float(`x${count}`, [300])],
  });

describe("a dispute without a proof, replayed where a browser would", function () {
  this.timeout(300_000);

  it("finds a wrong number of an output itself, and what it should be, of one-node models over all operators' attributes", async () => {
    let found = 0;
    for (const [name, file] of oneNodeModels) {
      const model = await compile(file, { runtime: ortRuntime }).catch((error: unknown) => {
        if (error instanceof CompileError) return undefined;
        throw error;
      });
      if (model === undefined) continue;
      const inputs = randomInputs(model.program.inputs, 5);
      const honest = await traced(model, inputs);
      const node = model.program.nodes.length - 1;
      const { output } = model.program.nodes[node];
      const claimed = await lie(model, honest, node, 1);
      const { element, marks, run } = await examine(opened(model, inputs, claimed).given, nowhere);
      const bits = (trace: readonly Uint8Array[]) => bitsAt(trace[outputId(model.program.nodes[node])], output.dtype, 1);
      expect(run.isWhole, name).to.equal(true);
      expect(element, name).to.deep.include({ node, element: 1, foundBy: "replay", isAdmissible: false, claimed: { type: output.dtype, bits: bits(claimed) } });
      expect(element!.right, name).to.deep.equal({ kind: "values", values: [{ type: output.dtype, bits: bits(honest) }] });
      const last = element!.stages.at(-1)?.rows.at(-1)?.result;
      if (last !== undefined && last.type === output.dtype) expect(last, name).to.deep.equal({ type: output.dtype, bits: bits(honest) });
      expect(marks, name).to.deep.equal(marks.map((_, id) => (id === marks.length - 1 ? "differs" : "agreed")));
      found++;
    }
    expect(found).to.equal(42);
  });

  it("says that everything agrees where it does", async () => {
    const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const [{ input }] = readDigits();
    const { element, marks, outputs } = await examine(opened(model, [input], await traced(model, [input])).given, nowhere);
    expect(element).to.equal(undefined);
    expect(new Set(marks)).to.deep.equal(new Set(["agreed"]));
    expect(outputs[0].difference).to.equal(undefined);
    expect(outputs[0].own).to.deep.equal(outputs[0].given);
  });

  it("compares by what the trace's tree shows, and by served roots, where there are more tensors than an opening shows", async () => {
    const model = await compile(additions(150), { runtime: ortRuntime });
    const inputs = randomInputs(model.program.inputs, 2);
    const claimed = await lie(model, await traced(model, inputs), 100, 7, 3);
    const { given, served, trees } = opened(model, inputs, claimed);
    const { marks } = await examine(given, nowhere);
    expect(marks.slice(0, 100)).to.deep.equal(new Array(100).fill("agreed"));
    expect(marks.slice(102)).to.not.include("agreed");
    expect(marks).to.include("unknown");
    const { marks: all, element } = await examine(given, served);
    expect(all).to.deep.equal(all.map((_, id) => (id < 101 ? "agreed" : id === 101 ? "differs" : "follows")));
    expect(element).to.deep.include({ node: 100, element: 7, foundBy: "replay" });

    const prover = new Prover(model.program, traceTrees(trees, constantTrees(model.program, (node, i) => model.constant(node, i))));
    const { proof } = prover.prove(twin, 100, 7);
    const proved = await examine({ ...given, proof: { pieces: [], conclusion: proof as Hex } }, nowhere);
    // The proof has the paths of both tensors, and these the roots beside them.
    expect(proved.marks.slice(0, 102)).to.deep.equal(all.slice(0, 102));
    expect(proved.element).to.deep.include({ node: 100, element: 7, foundBy: "proof" });
  });

  it("goes on with the operator's numbers where the rules leave them open, and shows between which ends they may lie", async () => {
    const model = await compile(oneNodeModel({ op: "LayerNormalization", inputs: [float("x", [2, 6]), float("g", [6]), float("b", [6])].map(({ dtype, dims }) => ({ dtype, dims: dims! })), outputs: [{ dtype: 1 }] }), { runtime: ortRuntime, form: "source" });
    const inputs = randomInputs(model.program.inputs, 2);
    const honest = await traced(model, inputs);
    const { given, served } = opened(model, inputs, honest);
    const { marks, run } = await examine(given, served);
    expect(run.isWhole).to.equal(false);
    expect(run.detail).to.match(/leaves its numbers open within an error bound/);
    expect(marks.at(-1)).to.equal("open");
    expect((await examine(given, nowhere)).marks.at(-1)).to.equal("unknown");

    const claimed = await lie(model, honest, 0, 3, 2);
    const { given: lied, trees } = opened(model, inputs, claimed);
    const prover = new Prover(model.program, traceTrees(trees, constantTrees(model.program, (node, i) => model.constant(node, i))));
    const { proof, admissible } = prover.prove(twin, 0, 3);
    expect(admissible).to.equal(false);
    const { element } = await examine({ ...lied, proof: { pieces: [], conclusion: proof as Hex } }, nowhere);
    expect(element).to.deep.include({ isAdmissible: false, stages: [] });
    const right = element!.right;
    if (right.kind !== "between") throw new Error("a bound gives an interval");
    const value = Number(decimalOf({ type: DType.float32, bits: bitsAt(honest[outputId(model.program.nodes[0])], DType.float32, 3) }));
    expect(value).to.be.within(Number(decimalOf(right.least!)), Number(decimalOf(right.greatest!)));
    expect(right.orNotFinite).to.equal(false);
    expect(Number(decimalOf(right.greatest!)) - Number(decimalOf(right.least!))).to.be.lessThan(1e-4);
  });

  it("judges no files that are not the version's, and replays no run that is too long", async () => {
    const model = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    const [{ input }] = readDigits();
    const { given } = opened(model, [input], await traced(model, [input]));
    const failed: unknown = await examine({ ...given, programRoot: `0x${"0".repeat(64)}` }, nowhere).catch((error: unknown) => error);
    expect((failed as Error).message).to.match(/the published files make a program with the root 0x[0-9a-f]{64}, the version has 0x0{64}/);
    const { run, marks } = await examine({ ...given, mostWork: 10 }, nowhere);
    expect(run).to.deep.include({ isWhole: false });
    expect(run.detail).to.match(/steps, more than the 10 that are replayed here/);
    expect(new Set(marks)).to.deep.equal(new Set(["unknown"]));
    expect((await examine({ ...given, input: undefined }, nowhere)).run.detail).to.equal("nobody serves the job's input");
  });
});

describe("what is read of a transaction", () => {
  it("is the proof, also where another contract passes the call on", () => {
    const job = [7n, `0x${"1".repeat(64)}`, `0x${"2".repeat(64)}`, 3n, 4n, `0x${"5".repeat(64)}`];
    const call = gameInterface.encodeFunctionData("convict", [job, "0xabcd", `0x${"6".repeat(64)}`]);
    expect(proofIn(call, "convict", 7n)).to.equal("0xabcd");
    expect(proofIn(`0x12345678${"00".repeat(64)}${call.slice(2)}${"00".repeat(7)}`, "convict", 7n)).to.equal("0xabcd");
    expect(proofIn(call, "convict", 8n)).to.equal(undefined);
    expect(proofIn(call, "advance", 7n)).to.equal(undefined);
    expect(proofIn(gameInterface.encodeFunctionData("advance", [job, 9n, "0xef"]), "advance", 7n)).to.equal("0xef");
  });
});

describe("figures", () => {
  const single = (bits: bigint) => ({ type: DType.float32, bits });

  it("name a number exactly, in decimal and in hex", () => {
    expect(decimalOf(single(0x3dcccccdn))).to.equal("0.1");
    expect(hexOf(single(0x3dcccccdn))).to.equal("0x3dcccccd");
    expect(decimalOf({ type: DType.int8, bits: 0xffn })).to.equal("-1");
    expect(hexOf({ type: DType.int8, bits: 0xffn })).to.equal("0xff");
    expect(decimalOf(integerFigure(-(10n ** 20n)))).to.equal("-100000000000000000000");
    expect(hexOf(integerFigure(1n))).to.equal(undefined);
  });

  it("count the steps between two numbers, across zero too, and none to a NaN", () => {
    expect(distanceOf(single(0x3f800000n), single(0x3f800003n))).to.equal(3n);
    expect(distanceOf(single(0x80000002n), single(0x00000003n))).to.equal(5n);
    expect(distanceOf({ type: DType.int8, bits: 0xffn }, { type: DType.int8, bits: 1n })).to.equal(2n);
    expect(distanceOf(single(0x7fc00000n), single(1n))).to.equal(undefined);
    expect(() => distanceOf(single(1n), integerFigure(1n))).to.throw(RangeError);
  });
});
