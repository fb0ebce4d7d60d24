import { expect } from "chai";
import { modelNames, readDigits, readModel } from "../../../models/digits.ts";
import { toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { randomInputs } from "../../../core/compile/arithmetics.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { CompileError } from "../../../core/faults.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { ruleName } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { onnxData, readNodeTests } from "../../support/onnxData.ts";
import { deep } from "../../support/profile.ts";

/**
 * The first law: no input may make an honest operator slashable. Every element of every node of an honest run is put
 * before the judge of its row.
 */
async function expectInnocent(model: CompiledModel, inputs: readonly Uint8Array[], name: string): Promise<number> {
  const tracer = await model.open(ortRuntime);
  const trace = await tracer.run(inputs);
  await tracer.release();
  let judged = 0;
  model.program.nodes.forEach((node, i) => {
    const valueOf = (tensor: Tensor, k: number) => (tensor.source.kind === "computed" ? trace[tensor.source.id] : model.constant(i, k)!);
    const readers = node.inputs.map((tensor, k) => tensor && new BytesReader(tensor, toCommitOrder(tensor, valueOf(tensor, k))));
    const rowMajor = new BytesReader(node.output, valueOf(node.output, -1));
    for (let element = 0; element < sizeOf(node.output.dims); element++, judged++) {
      if (!twin(node, element, rowMajor.bits(element), readers)) {
        expect.fail(`${name}: ${node.op} "${node.name}" (${ruleName(node.rule)}) convicts an honest element ${element}`);
      }
    }
  });
  return judged;
}

/** Bytes of float32 numbers among which everything special occurs. */
function hostile(length: number, seed: number): Uint8Array {
  const special = [0x7fc00000, 0x7f800000, 0xff800000, 0x80000000, 1, 0x807fffff, 0x7f7fffff, 0xff7fffff, 0x00800000];
  let state = seed;
  const words = Uint32Array.from({ length: length / 4 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 28 === 0 ? special[(state >>> 8) % special.length] : state;
  });
  return new Uint8Array(words.buffer);
}

describe("an honest run convicts nobody", () => {
  for (const name of modelNames) {
    it(`of ${name}: real digits, random numbers, and numbers chosen to hurt`, async () => {
      const model = await compile(readModel(name), { runtime: ortRuntime });
      let judged = 0;
      for (const { input } of readDigits().slice(0, 3)) judged += await expectInnocent(model, [input], name);
      judged += await expectInnocent(model, randomInputs(model.program.inputs, 5), name);
      for (const seed of [1, 2, 3]) judged += await expectInnocent(model, [hostile(256, seed)], `${name}, hostile ${seed}`);
      expect(judged).to.be.greaterThan(1_000);
    });
  }

  if (onnxData === undefined) {
    it("of the ONNX project's operator tests: did not run, the folder with them is absent (OPG_ONNX_DATA names it)");
    return;
  }
  const folder = onnxData;

  const every = deep ? 1 : 12;
  it(`of the ONNX project's operator tests, ${every === 1 ? "all" : `one of ${every}`}`, async () => {
    let taken = 0;
    const cases = readNodeTests(folder).filter((_, i) => i % every === 0);
    for (const { name, model: file } of cases) {
      const model = await compile(file, { runtime: ortRuntime }).catch((error: unknown) => {
        if (error instanceof CompileError) return undefined;
        throw error;
      });
      if (model === undefined) continue;
      taken++;
      for (const seed of [1, 2]) await expectInnocent(model, randomInputs(model.program.inputs, seed), name);
    }
    expect(taken).to.be.at.least(cases.length / 2);
  });
});
