import { fromBinary } from "@bufbuild/protobuf";
import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { TensorProtoSchema } from "../../../core/onnx/onnx_pb.js";
import { readConstant, type Constant } from "../../../core/onnx/tensor.ts";
import { compile } from "../../../core/compile/compile.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { CompileError } from "../../../core/faults.ts";
import { Rule, ruleName } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { onnxData, readLightModel, readNodeTests, type NodeTest } from "../../support/onnxData.ts";

const deep = process.env.OPG_TEST_PROFILE === "deep";

describe("models of the ONNX project", () => {
  if (onnxData === undefined) {
    it("did not run: the folder with them is absent (OPG_ONNX_DATA names it)");
    return;
  }
  const folder = onnxData;

  const read = (bytes: Uint8Array): Constant => readConstant(fromBinary(TensorProtoSchema, bytes));

  /** The outputs of the test's own run agree with those that the ONNX project expects. */
  async function checkOutputs(model: CompiledModel, { name, values }: NodeTest): Promise<void> {
    const inputs = model.program.inputs.map((_, i) => read(values.get(`input_${i}.pb`)!).data);
    const tracer = await model.open(ortRuntime);
    const trace = await tracer.run(inputs);
    await tracer.release();
    model.program.outputs.forEach(({ id, dtype, dims }, i) => {
      const expected = read(values.get(`output_${i}.pb`)!);
      expect([dtype, ...dims], name).to.deep.equal([expected.dtype, ...expected.dims]);
      if (dtype !== 1) return expect(Buffer.from(trace[id]).equals(expected.data), name).to.equal(true);
      const [a, b] = [trace[id], expected.data].map((bytes) => new Float32Array(bytes.slice().buffer));
      a.forEach((value, k) => expectNear(value, b[k], 1e-5 + 1e-4 * Math.abs(b[k]), name));
    });
  }

  const NAMED = ["test_qlinearmatmul_3D_uint8_float32", "test_maxpool_2d_ceil", "test_gemm_beta", "test_softmax_axis_0", "test_maxunpool_export_with_output_shape"];
  const every = deep ? 1 : 8;
  it(`that test single operators, ${every === 1 ? "all" : `one of ${every}`}, are taken with the right results, or refused with a reason`, async function () {
    this.timeout(deep ? 3_600_000 : 300_000);
    const taken: string[] = [];
    const refused: string[] = [];
    const tests = readNodeTests(folder).filter(({ name }, i) => i % every === 0 || NAMED.includes(name));
    for (const test of tests) {
      try {
        const model = await compile(test.model, { runtime: ortRuntime });
        expect((await rebuild(model.canonical, model.programFile, ortRuntime)).root, test.name).to.equal(model.root);
        // An example that draws random numbers states no result; of a large one the values are not kept.
        const isStated = !test.name.includes("dropout_random") && test.values.has("input_0.pb");
        if (isStated) await checkOutputs(model, test);
        taken.push(test.name);
      } catch (error) {
        if (!(error instanceof CompileError)) throw new Error(`${test.name}: ${String(error)}`, { cause: error });
        expect(error.faults, test.name).to.not.have.length(0);
        for (const { name, why } of error.faults) {
          expect(name, test.name).to.not.equal("");
          expect(why, test.name).to.match(/\S/);
        }
        refused.push(test.name);
      }
    }
    expect(taken.length).to.be.at.least(tests.length / 2);
    expect(taken).to.include.members(NAMED.slice(0, -1));
    expect(refused).to.include(NAMED.at(-1));
  });

  it("squeezenet is taken, its eight Concats and all, and every number of it has one right value", async function () {
    this.timeout(120_000);
    const { program } = await compile(readLightModel(folder, "squeezenet"), { runtime: ortRuntime });
    expect(program.nodes.filter(({ op }) => op === "Concat")).to.have.length(8);
    expect(program.nodes.filter(({ rule }) => rule === Rule.bound)).to.deep.equal([]);
  });

  (deep ? it : it.skip)("resnet50 is taken, every one of its dot products as a chain", async function () {
    this.timeout(600_000);
    const { program } = await compile(readLightModel(folder, "resnet50"), { runtime: ortRuntime });
    const dots = program.nodes.filter(({ op }) => op === "Conv" || op === "Gemm");
    expect(dots).to.have.length(54);
    expect(dots.map(({ rule }) => ruleName(rule))).to.deep.equal(new Array(54).fill(ruleName(Rule.chain)));
  });
});
