import { expect } from "chai";
import { network } from "hardhat";
import { certify } from "../../../oracle/certify/certify.ts";
import { openTestJudge } from "../../support/chain.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { commitTrace, constantTrees, traceTrees } from "../../../core/dispute/evidence.ts";
import { decodeTop, encodeTraceOpening, Prover } from "../../../core/dispute/proof.ts";
import { compile } from "../../../core/compile/compile.ts";
import { boundaryIds, inlineCommitment, rootsCommitment, traceTree } from "../../../core/program/program.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { FAMILIES } from "../../../core/program/families.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";

type Graph = Parameters<typeof graphModel>[0];
const f32 = (n: number, f: (i: number) => number) => new Uint8Array(Float32Array.from({ length: n }, (_, i) => f(i)).buffer);
const spec = (name: string, dims: readonly number[]) => ({ name, dtype: 1 as const, dims });
const S = (name: string) => spec(name, [2, 3]);

const graphs: Record<string, Graph> = {
  "an input is an output": { inputs: [S("x")], constants: [], nodes: [["Relu", ["x"], "y"]], outputs: [S("x"), S("y")] },
  "the only output is the input": { inputs: [S("x")], constants: [], nodes: [["Relu", ["x"], "y"]], outputs: [S("x")] },
  "an output is listed twice": { inputs: [S("x")], constants: [], nodes: [["Relu", ["x"], "y"]], outputs: [S("y"), S("y")] },
  "outputs stand in another order than they are computed": { inputs: [S("x")], constants: [], nodes: [["Relu", ["x"], "y"], ["Add", ["y", "x"], "u"]], outputs: [S("u"), S("x"), S("y")] },
  "an input is not read": { inputs: [S("x"), S("z")], constants: [], nodes: [["Relu", ["x"], "y"]], outputs: [S("y")] },
  "a node is not read": { inputs: [S("x")], constants: [], nodes: [["Relu", ["x"], "y"], ["Add", ["x", "x"], "u"]], outputs: [S("y")] },
  "an output is read": { inputs: [S("x")], constants: [], nodes: [["Relu", ["x"], "y"], ["Add", ["y", "x"], "u"]], outputs: [S("y"), S("u")] },
  "a chain of Identity": { inputs: [S("x")], constants: [], nodes: [["Identity", ["x"], "i"], ["Identity", ["i"], "y"]], outputs: [S("y")] },
  "two outputs are the input": { inputs: [S("x")], constants: [], nodes: [["Identity", ["x"], "y"], ["Identity", ["x"], "z"]], outputs: [S("y"), S("z")] },
  "both operands are one tensor": {
    inputs: [S("x")],
    constants: [],
    nodes: [["Transpose", ["x"], "t", { perm: [1, 0] }], ["Sub", ["x", "x"], "d"], ["Div", ["d", "d"], "q"], ["MatMul", ["x", "t"], "y"]],
    outputs: [spec("y", [2, 2]), S("q")],
  },
  "a Gemm of one tensor": { inputs: [spec("x", [3, 3])], constants: [], nodes: [["Gemm", ["x", "x", "x"], "y", { transB: 1 }]], outputs: [spec("y", [3, 3])] },
  "a Conv whose weights are its input": {
    inputs: [spec("x", [2, 2, 3, 3])],
    constants: [],
    nodes: [["Conv", ["x", "x"], "y", { pads: [1, 1, 1, 1] }]],
    outputs: [spec("y", [2, 2, 3, 3])],
  },
  "two constants share a root": {
    inputs: [S("x")],
    constants: [{ ...spec("a", [3]), raw: f32(3, () => 0) }, { ...S("b"), raw: f32(6, () => 0) }],
    nodes: [["Add", ["x", "a"], "u"], ["Add", ["u", "b"], "y"]],
    outputs: [S("y")],
  },
  "more than 64 tensors, outputs far apart": {
    inputs: [S("x"), S("z")],
    constants: [],
    nodes: [["Add", ["x", "z"], "n0"], ...Array.from({ length: 150 }, (_, i) => ["Relu", [`n${i}`], `n${i + 1}`] as const)],
    outputs: [S("n150"), S("z"), S("n0"), S("n75")],
  },
};

describe("odd graphs", function () {
  this.timeout(300_000);
  let judge: Judge;
  let verifier: Awaited<ReturnType<typeof deploy>>;
  const deploy = async () => {
    const { ethers } = await network.create();
    return ethers.deployContract("OpVerifier", [Array(FAMILIES.length).fill(await (await ethers.deployContract("CopyFamily")).getAddress())]);
  };
  before(async () => {
    judge = await openTestJudge();
    verifier = await deploy();
  });
  after(() => judge.close());

  for (const [name, graph] of Object.entries(graphs)) {
    it(`${name}: the trace opens with what was submitted, and with nothing else`, async () => {
      const model = await compile(graphModel(graph), { runtime: ortRuntime });
      const { program } = model;
      // Special numbers, and a NaN that is not in canonical form.
      const inputs = program.inputs.map(({ dims }) => f32(sizeOf(dims), (i) => [-0, NaN, 1, -Infinity, 1e-45, 0][i % 6]));
      for (const bytes of inputs) new Uint32Array(bytes.buffer)[1] = 0xffc12345;
      const tracer = await model.open(ortRuntime);
      const trace = (await tracer.run(inputs)).map((bytes) => Uint8Array.from(bytes));
      await tracer.release();
      const session = await ortRuntime.open(model.canonical);
      const results = await session.run(new Map(program.inputs.map(({ name: key, dtype, dims }, i) => [key, { dtype, dims, data: inputs[i].slice() }])));
      await session.release();
      for (const { name: output, id } of program.outputs) expect(Buffer.from(results.get(output)!.data).equals(trace[id]), output).to.equal(true);

      const trees = commitTrace(program, trace);
      const prover = new Prover(program, traceTrees(trees, constantTrees(program, (node, input) => model.constant(node, input))));
      const roots = trees.map(({ root }) => root);
      const [input, output] = [Buffer.concat(inputs), Buffer.concat(program.outputs.map(({ id }) => trace[id]))];
      const open = (given: Uint8Array, commitment: string, from = roots, shown: Uint8Array = output) =>
        verifier.traceOf(prover.programRoot, commitment, inlineCommitment(shown), encodeTraceOpening(program, from, given, shown));
      const byRoots = rootsCommitment(roots.slice(0, program.inputs.length));
      for (const [given, commitment] of [[input, inlineCommitment(input)], [new Uint8Array(), byRoots]] as const) {
        const [root, shown] = await open(given, commitment);
        expect(root).to.equal(prover.traceRoot);
        expect(decodeTop(shown).map((hash) => `0x${Buffer.from(hash).toString("hex")}`)).to.deep.equal(traceTree(roots).below(0, 0));
      }
      // Every tensor that the job fixes must be the trace's, however often and in whatever order it is named.
      for (const id of boundaryIds(program)) {
        const other = roots.with(id, `0x${"77".repeat(32)}`);
        await expect(open(input, inlineCommitment(input), other)).to.be.revertedWithCustomError(verifier, "TopMismatch");
      }
      for (const [i] of program.outputs.entries()) {
        const bent = Uint8Array.from(output);
        bent[(i * output.length) / program.outputs.length] ^= 1;
        const refused = await open(input, inlineCommitment(input), roots, bent).then(() => "", (error: Error) => error.message);
        expect(refused, `output ${i}`).to.match(/TopMismatch|BoundaryMismatch/);
      }
    });

    it(`${name}: every honest element is admitted and every altered one convicted`, async () => {
      const report = await certify(name, graphModel(graph), {
        runtime: ortRuntime,
        openJudge: () => Promise.resolve({ judge: (...question: Parameters<Judge["judge"]>) => judge.judge(...question), close: () => Promise.resolve() } as Judge),
        // Of a long graph the openings are what is odd.
        elements: graph.nodes.length > 64 ? 1 : 4,
      });
      expect(report.unsupported).to.deep.equal([]);
      expect(report.ok, JSON.stringify(report.nodes.flatMap(({ failures }) => failures)).slice(0, 500)).to.equal(true);
    });
  }
});
