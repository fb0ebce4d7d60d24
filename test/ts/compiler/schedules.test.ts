import { expect } from "chai";
import { readModel } from "../../../models/digits.ts";
import { sameFloat } from "../../../core/math/float32.ts";
import { compile } from "../../../core/compile/compile.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { parseProgramFile, printProgramFile } from "../../../core/program/programFile.ts";
import { programTree } from "../../../core/program/program.ts";
import { evaluate, matching } from "../../../core/compile/dot.ts";
import type { Dot } from "../../../core/operators/dot.ts";
import { Rule } from "../../../core/program/types.ts";
import type { Runtime } from "../../../core/runtime.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "../../support/onnxModel.ts";
import { Random } from "../../support/random.ts";

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 1_000 : 60;

const floats = (size: number, draw: () => number): Uint8Array => new Uint8Array(Float32Array.from({ length: size }, draw).buffer);
const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

function operand(random: Random, constant: boolean, ...dims: number[]): ModelTensor {
  return constant ? { dtype: 1, dims, raw: floats(sizeOf(dims), () => random.unit() * 2 - 1) } : { dtype: 1, dims };
}

/** A dot product of random shape and attributes. */
function randomDot(random: Random): Uint8Array {
  const op = random.pick(["Conv", "Gemm", "MatMul"]);
  const weights = random.int(0, 3) > 0;
  const attributes: Record<string, Attribute> = {};
  if (op === "MatMul") {
    const [m, k, n] = [random.int(1, 9), random.int(1, 700), random.int(1, 40)];
    const batch = random.pick([[], [], [2], [3, 1]]);
    return oneNodeModel({ op, inputs: [operand(random, false, ...batch, m, k), operand(random, weights, k, n)], outputs: [{ dtype: 1 }] });
  }
  if (op === "Gemm") {
    const [m, k, n] = [random.int(1, 9), random.int(1, 700), random.int(1, 40)];
    const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
    Object.assign(attributes, { transA: { int: transA }, transB: { int: transB } });
    if (random.int(0, 1) === 1) Object.assign(attributes, { alpha: { float: random.unit() * 3 - 1.5 }, beta: { float: random.pick([0, 0.3, -2]) } });
    const inputs = [operand(random, false, ...(transA ? [k, m] : [m, k])), operand(random, weights, ...(transB ? [n, k] : [k, n]))];
    if (random.int(0, 2) > 0) inputs.push(operand(random, weights, ...random.pick([[n], [m, n], [m, 1], [1]])));
    return oneNodeModel({ op, inputs, attributes, outputs: [{ dtype: 1 }] });
  }
  const group = random.pick([1, 1, 1, 2]);
  const [channels, filters] = [random.int(1, 40), random.int(1, 20)];
  const kernel = [random.int(1, 3), random.int(1, 3)];
  Object.assign(attributes, {
    group: { int: group },
    pads: { ints: [0, 1, 2, 3].map((i) => random.int(0, kernel[i % 2] - 1)) },
    strides: { ints: [random.int(1, 2), random.int(1, 2)] },
    dilations: { ints: [random.int(1, 2), random.int(1, 2)] },
  });
  const inputs = [operand(random, false, random.int(1, 2), channels * group, random.int(5, 14), random.int(5, 14)), operand(random, weights, filters * group, channels, ...kernel)];
  if (random.int(0, 1) === 1) inputs.push(operand(random, weights, filters * group));
  return oneNodeModel({ op, inputs, attributes, outputs: [{ dtype: 1 }] });
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

describe("schedules", () => {
  it(`are found for most of ${CASES} random dot products, and hold on other inputs, special values included`, async () => {
    const random = new Random(41);
    let found = 0;
    for (let i = 0; i < CASES; i++) {
      const model = await compile(randomDot(random), { runtime: ortRuntime });
      const [node] = model.program.nodes;
      if (node.rule === Rule.bound) continue;
      found++;
      for (const seed of [11, 12]) expect(await model.qualify(ortRuntime, seed), `case ${i}`).to.deep.equal([]);
      const tracer = await model.open(ortRuntime);
      const inputs = model.program.inputs.map(({ dims }) => floats(sizeOf(dims), () => special(random)));
      const trace = await tracer.run(inputs);
      await tracer.release();
      const dot = model.dot(0, trace);
      const output = new Float32Array(trace[trace.length - 1].slice().buffer);
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
    expect(found).to.be.greaterThan(CASES / 2);
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
      const { program } = await compile(file, { runtime: flawed(element) });
      expect([program.nodes[0].rule, program.nodes[0].chunk, program.nodes[0].flags]).to.deep.equal([Rule.bound, 0, 0]);
    }
  });

  it("are not taken from a few elements that happen to agree", async () => {
    // One element a run, by a kernel with many accumulators: on three runs, chunks of 16 happen to fit.
    const { program } = await compile(oneNodeModel({ op: "MatMul", inputs: [{ dtype: 1, dims: [1, 64] }, { dtype: 1, dims: [64, 1] }], outputs: [{ dtype: 1 }] }), { runtime: ortRuntime });
    expect(program.nodes[0].rule).to.equal(Rule.bound);
  });

  it("do not qualify by weights that hide the difference", async () => {
    // With two weights that are powers of two, no order of summation and no length of a chunk shows.
    const raw = new Uint8Array(4 * 600 * 24);
    const weights = new Float32Array(raw.buffer);
    for (let column = 0; column < 24; column++) weights[column] = weights[24 * 590 + column] = 2;
    const file = oneNodeModel({ op: "MatMul", inputs: [{ dtype: 1, dims: [4, 600] }, { dtype: 1, dims: [600, 24], raw }], outputs: [{ dtype: 1 }] });
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
