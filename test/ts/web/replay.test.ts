import { expect } from "chai";
import { randomInputs } from "../../../core/compile/arithmetics.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { concatBytes } from "../../../core/bytes.ts";
import type { Hex } from "../../../core/hex.ts";
import { inputIds, outputId } from "../../../core/program/program.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { floatsOf } from "../../../core/tensor/numbers.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import type { Figure } from "../../../web/src/replay/figures.ts";
import { examine } from "../../../web/src/replay/examine.ts";
import type { Examination, ReplayCase } from "../../../web/src/replay/examination.ts";
import { proofIn } from "../../../web/src/replay/moves.ts";
import type { Stage } from "../../../web/src/replay/rows.ts";
import { bitsAt } from "../../support/opCase.ts";
import { convictedJob, deployWithVerifier, type ConvictedJob } from "../../support/convictedJob.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { oneNodeModels } from "../../support/models.ts";
import type { Protocol } from "../../support/protocol.ts";
import { lie, traced } from "../../support/runs.ts";

const nowhere = (): Promise<Uint8Array> => Promise.reject(new Error("nothing is served"));

const caseOf = (model: CompiledModel, input: Uint8Array, { output, traceRoot, shown, advanced, convicted, id }: ConvictedJob): ReplayCase => ({
  canonical: model.canonical,
  programFile: model.programFile,
  programRoot: model.root as Hex,
  input,
  output,
  opened: { traceRoot, shown, reveals: [], uri: "https://operator.example/t" },
  proof: { pieces: advanced.map((data) => proofIn(data, "advance", id)!), conclusion: proofIn(convicted, "convict", id)! },
  mostWork: 1e8,
});

/** The result of the last row of the arithmetic. */
const last = (stages: readonly Stage[]): Figure => stages.at(-1)!.rows.at(-1)!.result;

describe("a conviction by the contracts, replayed where a browser would", function () {
  this.timeout(300_000);
  let protocol: Protocol;
  before(async () => {
    protocol = await deployWithVerifier();
  });

  /** Has a lie convicted, and looks into the dispute; the claimed value is the lie, and the right one what an honest run gives. */
  async function replayed(model: CompiledModel, inputs: readonly Uint8Array[], node: number, element: number, byte?: number): Promise<Examination> {
    const honest = await traced(model, inputs);
    const claimed = await lie(model, honest, node, element, byte);
    const found = await examine(caseOf(model, concatBytes(inputs), await convictedJob(protocol, model, claimed, node, element)), nowhere);
    const { output } = model.program.nodes[node];
    const id = outputId(model.program.nodes[node]);
    const shown = found.element!;
    expect(shown).to.deep.include({ node, element, foundBy: "proof", isAdmissible: false, isTooLong: false });
    expect(shown.claimed).to.deep.equal({ type: output.dtype, bits: bitsAt(claimed[id], output.dtype, element) });
    const right = { type: output.dtype, bits: bitsAt(honest[id], output.dtype, element) };
    expect(shown.right).to.deep.equal({ kind: "values", values: [right] });
    expect(found.marks[id]).to.equal("differs");
    for (const input of inputIds(model.program.nodes[node])) expect(found.marks[input]).to.equal("agreed");
    expect(shown.inputs.every(({ planes, reads }) => reads === 0 || planes.some(({ isRead }) => isRead.includes(true)))).to.equal(true);
    return found;
  }

  const digit = readDigits()[0].input;
  const nodeOf = (model: CompiledModel, op: string): number => model.program.nodes.findIndex((node) => node.op === op);

  it("a Conv of digits-cnn: product by product, to a sum that is not what was claimed", async () => {
    const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const node = nodeOf(model, "Conv");
    const values = floatsOf((await traced(model, [digit]))[outputId(model.program.nodes[node])]);
    const greatest = values.indexOf(Math.max(...values));
    const { element, marks, outputs } = await replayed(model, [digit], node, greatest, 3);
    expect(element).to.deep.include({ opcode: "Conv", rule: "chain", distance: 16n << 24n });
    const [products, bias] = element!.stages;
    expect(products.rows[0]).to.include({ operation: "fma" });
    expect(products.rows[4].places!.map((place) => place?.coordinates.length)).to.deep.equal([4, 4]);
    expect(products.rows[4].places![1]).to.deep.include({ input: 1 });
    expect(products.rows[4].places![1]!.coordinates.slice(1)).to.deep.equal([0, 1, 1]);
    expect(bias.rows.at(-1)!.result).to.deep.equal(last(element!.stages));
    expect(last(element!.stages)).to.deep.equal(element!.right.kind === "values" && element!.right.values[0]);
    expect(marks).to.include("follows");
    expect(outputs[0].given).to.have.length(10);
    expect(element!.inputs[0]).to.deep.include({ role: "X", dims: [1, 1, 8, 8], tensor: 0 });
  });

  it("a Gemm", async () => {
    const model = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    const { element } = await replayed(model, [digit], nodeOf(model, "Gemm"), 5);
    expect(element!.opcode).to.equal("Gemm");
    expect(element!.stages[0].rows.filter(({ places }) => places?.[0]?.input === 0)).to.have.length(64);
    expect(last(element!.stages)).to.deep.equal(element!.right.kind === "values" && element!.right.values[0]);
  });

  for (const op of ["QLinearConv", "QLinearMatMul"]) {
    it(`a ${op} of digits-cnn-int8: whole numbers, then the scales`, async () => {
      const model = await compile(readModel("digits-cnn-int8"), { runtime: ortRuntime });
      const node = nodeOf(model, op);
      const { element } = await replayed(model, [digit], node, 3);
      const [sum, rescaled] = element!.stages;
      expect(sum.rows.at(-1)!.result.type).to.equal("integer");
      expect(rescaled.rows.map(({ operation }) => operation)).to.deep.equal(["fromInteger", "multiply", "divide", "multiply", "roundToInteger"]);
      expect(rescaled.rows.find(({ operation }) => operation === "fromInteger")!.operands[0]).to.deep.equal(sum.rows.at(-1)!.result);
    });
  }

  it("a Sigmoid and a Tanh: every operation of the runtime's own sequence", async () => {
    for (const op of ["Sigmoid", "Tanh"]) {
      const model = await compile(oneNodeModel({ op, inputs: [{ dtype: 1, dims: [2, 30] }], outputs: [{ dtype: 1 }] }), { runtime: ortRuntime });
      const { element } = await replayed(model, randomInputs(model.program.inputs, 3), 0, 41);
      expect(element!.rule).to.equal("kernel");
      expect(last(element!.stages)).to.deep.equal(element!.right.kind === "values" && element!.right.values[0]);
    }
  });

  it("every node of a Softmax as it is written in the portable form", async () => {
    const model = await compile(oneNodeModels.get("Softmax")!, { runtime: ortRuntime });
    const inputs = randomInputs(model.program.inputs, 4);
    for (const node of model.program.nodes.keys()) {
      const { element } = await replayed(model, inputs, node, 1);
      const right = element!.right.kind === "values" ? element!.right.values[0] : undefined;
      if (element!.stages.length > 0) expect(last(element!.stages)).to.deep.equal(right);
    }
  });

  it("an element of many transactions, whose pieces together show what it reads", async () => {
    const length = 20_000;
    const weights = { dtype: DType.float32, dims: [length, 3], raw: randomInputs([{ name: "", dtype: DType.float32, dims: [length, 3] }], 9)[0] };
    const model = await compile(oneNodeModel({ op: "MatMul", inputs: [{ dtype: DType.float32, dims: [3, length] }, weights], outputs: [{ dtype: DType.float32 }] }), { runtime: ortRuntime });
    const { element } = await replayed(model, randomInputs(model.program.inputs, 8), 0, 2);
    const [{ count, rows }] = element!.stages;
    expect(count).to.be.greaterThan(length);
    expect(rows.length).to.be.lessThan(length);
    expect(rows.at(-1)!.number).to.equal(count - 1);
    expect(last(element!.stages)).to.deep.equal(element!.right.kind === "values" && element!.right.values[0]);
  });
});
