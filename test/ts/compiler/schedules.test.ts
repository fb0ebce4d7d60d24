import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { sameFloat } from "../../../core/math/float32.ts";
import { compile } from "../../../core/compile/compile.ts";
import { CompileError } from "../../../core/faults.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { parseProgramFile, printProgramFile } from "../../../core/program/programFile.ts";
import { outputId, programTree } from "../../../core/program/program.ts";
import { evaluate, matching } from "../../../core/compile/dot.ts";
import type { Dot } from "../../../core/operators/dot.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { Rule } from "../../../core/program/types.ts";
import type { Runtime } from "../../../core/runtime.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type ModelTensor } from "../../support/onnxModel.ts";
import { Random } from "../../support/random.ts";
import { randomProduct } from "../../support/randomProducts.ts";

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 500 : 20;

const floats = (size: number, draw: () => number): Uint8Array => new Uint8Array(Float32Array.from({ length: size }, draw).buffer);
const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

function operand(random: Random, constant: boolean, ...dims: number[]): ModelTensor {
  return constant ? { dtype: 1, dims, raw: floats(sizeOf(dims), () => random.unit() * 2 - 1) } : { dtype: 1, dims };
}

/** Numbers on which arithmetic is special, between ordinary ones. */
function special(random: Random): number {
  const values = [NaN, Infinity, -Infinity, 0, -0, 1.4e-45, -1.1e-38, 3.4e38, -3.4e38, 1, 5.9e-39, 2 ** -126, 1e20, 1e-20];
  return random.int(0, 40) === 0 ? random.pick(values) : (random.unit() * 2 - 1) * 2 ** random.int(-140, 120);
}

/** A runtime whose every result differs from the true one in the last bit of one element. */
function flawed(element: number): Runtime {
  return {
    ...ortRuntime,
    async open(model) {
      const session = await ortRuntime.open(model);
      return {
        ...session,
        inputs: session.inputs,
        outputs: session.outputs,
        release: () => session.release(),
        async run(feeds, outputs) {
          const results = await session.run(feeds, outputs);
          for (const { data } of results.values()) data[4 * element] ^= 1;
          return results;
        },
      };
    },
  };
}

const chains = ({ program }: CompiledModel) => program.nodes.filter(({ rule }) => rule === Rule.chain);

/** A random product whose inputs and outputs fit an opening. */
async function compiled(random: Random): Promise<CompiledModel> {
  try {
    return await compile(randomProduct(random), { runtime: ortRuntime });
  } catch (error) {
    if (error instanceof CompileError && error.message.includes("make an opening of")) return compiled(random);
    throw error;
  }
}

describe("schedules", () => {
  it(`are found for all of ${CASES} random dot products, and hold on other inputs, special values included`, async function () {
    this.timeout(CASES * 20_000);
    const random = new Random(41);
    for (let i = 0; i < CASES; i++) {
      const model = await compiled(random);
      // Of one row or column there is a node that repeats it before the product, and one that takes it out behind.
      const at = model.program.nodes.findIndex(({ opcode }) => operatorOf(opcode).dot !== undefined);
      const node = model.program.nodes[at];
      for (const seed of [11, 12]) expect(await model.qualify(ortRuntime, seed), `case ${i}`).to.deep.equal([]);
      const tracer = await model.open(ortRuntime);
      const inputs = model.program.inputs.map(({ dims }) => floats(sizeOf(dims), () => special(random)));
      const trace = await tracer.run(inputs);
      await tracer.release();
      const dot = model.dot(at, trace);
      const output = new Float32Array(trace[outputId(node)].slice().buffer);
      const a = new Float32Array(dot.length);
      for (let block = 0; block < dot.blocks; block++) {
        for (let row = 0; row < dot.rows; row++) {
          dot.gather(block, row, a);
          for (let column = 0; column < dot.columns; column++) {
            const expected = evaluate(dot, node, a, block, row, column);
            const actual = output[dot.element(block, row, column)];
            expect(sameFloat(expected, actual), `case ${i}, ${node.op}: ${expected} and ${actual}`).to.equal(true);
          }
        }
      }
    }
  });

  it("cut a packed product of 600 into chunks of 256, and put a Gemm's bias first", async () => {
    const random = new Random(1);
    const inputs = [operand(random, false, 4, 600), operand(random, true, 600, 24), operand(random, true, 24)];
    const { program } = await compile(oneNodeModel({ op: "Gemm", inputs, outputs: [{ dtype: 1 }] }), { runtime: ortRuntime });
    expect([program.nodes[0].rule, program.nodes[0].chunk, program.nodes[0].flags]).to.deep.equal([Rule.chain, 256, 1]);
  });

  it("are found for every dot product of the shipped float models", async () => {
    for (const name of ["digits-mlp", "digits-cnn"] as const) {
      const model = await compile(readModel(name), { runtime: ortRuntime });
      const dots = model.program.nodes.filter(({ op }) => ["Conv", "Gemm", "MatMul"].includes(op));
      expect(chains(model)).to.deep.equal(dots);
    }
  });

  it("are not claimed where a single element of the output does not follow", async () => {
    const random = new Random(2);
    const file = oneNodeModel({ op: "MatMul", inputs: [operand(random, false, 5, 40), operand(random, true, 40, 12)], outputs: [{ dtype: 1 }] });
    expect(chains(await compile(file, { runtime: ortRuntime }))).to.have.length(1);
    for (const element of [0, 31, 59]) {
      const error = await compile(file, { runtime: flawed(element) }).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(CompileError);
      expect((error as CompileError).faults).to.deep.equal([
        { name: "node", op: "MatMul", why: "this host's runtime adds its products in no order that is known (docs/protocol.md §2.3, §2.4): compile it on an x86-64 host with AVX2 and FMA" },
      ]);
    }
  });

  it("are not taken from a few elements that happen to agree", async () => {
    // One element a run, by a kernel with eight accumulators: on three runs, chunks of 16 happen to fit.
    const { program } = await compile(oneNodeModel({ op: "MatMul", inputs: [{ dtype: 1, dims: [1, 64] }, { dtype: 1, dims: [64, 1] }], outputs: [{ dtype: 1 }] }), { runtime: ortRuntime });
    expect([program.nodes[0].rule, program.nodes[0].flags]).to.deep.equal([Rule.gemv, 0]);
  });

  for (const columns of [24, 150]) it(`do not qualify by ${columns} columns of weights that hide the difference`, async () => {
    // With two weights that are powers of two, no order of summation and no length of a chunk shows.
    const raw = new Uint8Array(4 * 600 * columns);
    const weights = new Float32Array(raw.buffer);
    for (let column = 0; column < columns; column++) weights[column] = weights[columns * 590 + column] = 2;
    const file = oneNodeModel({ op: "MatMul", inputs: [{ dtype: 1, dims: [4, 600] }, { dtype: 1, dims: [600, columns], raw }], outputs: [{ dtype: 1 }] });
    const model = await compile(file, { runtime: ortRuntime });
    expect(model.program.nodes[0].chunk).to.equal(256);
    expect(await model.qualify(ortRuntime)).to.deep.equal([]);

    const stated = parseProgramFile(model.programFile);
    const nodes = [{ ...stated.nodes[0], chunk: 128 }];
    const root = programTree({ ...model.program, nodes: [{ ...model.program.nodes[0], chunk: 128 }] }).root;
    const crafted = await rebuild(model.canonical, printProgramFile({ ...stated, nodes, root }), ortRuntime);
    expect(await crafted.qualify(ortRuntime)).to.deep.equal(["node"]);
  });

  it("are compared in whole rows and columns, the last ones among them, where not every element can be", () => {
    const dot = largeDot(200, 300, 16);
    const output = Float32Array.from({ length: dot.rows * dot.columns }, () => 16);
    const plain = { rule: Rule.chain, chunk: 0, flags: 0 };
    const budget = 16 * 5_000;
    expect(matching(dot, output, [plain], budget)).to.deep.equal([plain]);
    for (const wrong of [0, 299, 199 * 300, 199 * 300 + 299, 150, 150 * 300 + 299]) {
      const changed = output.slice();
      changed[wrong] += 1;
      expect(matching(dot, changed, [plain], budget), `element ${wrong}`).to.deep.equal([]);
    }
  });
});

describe("what is compared of a product that is too large for whole rows", () => {
  it("is the last row and the last column, each from end to end, and others between", () => {
    const dot = largeDot(900, 700, 16);
    const output = Float32Array.from({ length: dot.rows * dot.columns }, () => 16);
    const plain = { rule: Rule.chain, chunk: 0, flags: 0 };
    const budget = 16 * 60;
    expect(matching(dot, output, [plain], budget)).to.deep.equal([plain]);
    const last = 900 * 700 - 1;
    const wrong = [699, last - 699, last];
    for (const place of wrong) {
      output[place] += 1;
      expect(matching(dot, output, [plain], budget), `element ${place}`).to.deep.equal([]);
      output[place] -= 1;
    }
    // A kernel that adds otherwise in some columns does so in all of their rows.
    for (let row = 0; row < dot.rows; row++) output.fill(17, row * 700 + 300, row * 700 + 400);
    expect(matching(dot, output, [plain], budget)).to.deep.equal([]);
  });
});

/** Rows times columns of ones. */
function largeDot(rows: number, columns: number, length: number): Dot {
  const ones = new Float32Array(length).fill(1);
  return {
    length,
    rows,
    columns,
    alpha: 1,
    hasBias: false,
    run: rows * columns,
    blocks: 1,
    gather: (_block, _row, into) => into.set(ones),
    column: () => ones,
    element: (_block, row, column) => row * columns + column,
    bias: () => 0,
  };
}
