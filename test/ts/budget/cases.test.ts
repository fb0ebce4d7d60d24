import { expect } from "chai";
import { commitRun } from "../../../oracle/certify/certify.ts";
import { openTestJudge } from "../../support/chain.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { TRANSACTION_GAS, TRANSACTIONS, costOf } from "../../../core/dispute/budget.ts";
import { Steps } from "../../../core/dispute/steps.ts";
import { twinOf } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { CompileError } from "../../../core/faults.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { convict, dearestElement, wrongBits, type Convicted, type Lies } from "../../support/convictable.ts";
import { graphModel } from "../../support/graph.ts";
import { relaid } from "../../support/publisher.ts";
import { Random } from "../../support/random.ts";

const f32 = (count: number, value: (i: number) => number): Uint8Array => new Uint8Array(Float32Array.from({ length: count }, (_, i) => value(i)).buffer);
const bytes = (count: number, value: (i: number) => number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => value(i));
const spec = (name: string, dims: readonly number[], dtype: DType = DType.float32) => ({ name, dtype, dims });
const compiled = (file: Uint8Array): Promise<CompiledModel> => compile(file, { runtime: ortRuntime, form: "source" });

/** One channel, every second place: no two taps lie next to one another. */
const dilated = (taps: number): Uint8Array =>
  graphModel({
    inputs: [spec("x", [1, 1, 2 * taps + 3], DType.uint8)],
    constants: [
      { ...spec("xs", []), raw: f32(1, () => 0.01) },
      { ...spec("xz", [], DType.uint8), raw: bytes(1, () => 128) },
      { ...spec("w", [1, 1, taps], DType.uint8), raw: bytes(taps, (i) => (i * 31) & 255) },
      { ...spec("ws", []), raw: f32(1, () => 0.01) },
      { ...spec("wz", [], DType.uint8), raw: bytes(1, () => 128) },
      { ...spec("ys", []), raw: f32(1, () => 1) },
      { ...spec("yz", [], DType.uint8), raw: bytes(1, () => 128) },
    ],
    nodes: [["QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"], "y", { dilations: [2] }]],
    outputs: [spec("y", [1, 1, 5], DType.uint8)],
  });

/** A kernel over numbers whose exponents lie so far apart that no block stays on the fast path of a chain. */
const slowConv = (taps: number, channels: number, filters: number): Uint8Array => {
  const size = channels * (taps + 8);
  return graphModel({
    inputs: [spec("x", [1, channels, taps + 8])],
    constants: [
      { ...spec("s", [1, channels, taps + 8]), raw: f32(size, (i) => (i % 2 === 0 ? 2 ** -45 : 2 ** 30)) },
      { ...spec("w", [filters, channels, taps]), raw: f32(filters * channels * taps, (i) => (i % 2 === 0 ? -1 : 1) * (1 + (i % 97) / 97)) },
    ],
    nodes: [
      ["Mul", ["x", "s"], "xs"],
      ["Conv", ["xs", "w"], "y"],
    ],
    outputs: [spec("y", [1, filters, 9])],
  });
};

const pool = (channels: number, map: readonly number[], attributes: Record<string, readonly number[]>, out: readonly number[]): Uint8Array =>
  graphModel({
    inputs: [spec("x", [1, channels, ...map])],
    constants: [],
    nodes: [
      ["Relu", ["x"], "r"],
      ["MaxPool", ["r"], "p", attributes],
      ["Relu", ["p"], "y"],
    ],
    outputs: [spec("y", [1, channels, ...out])],
  });

/** Before opset 13 all axes from the given one on are normalised together. */
/** With a mean at the end: the whole would be more than an opening carries. */
const softmax = (dims: readonly number[], axis: number, opset: number): Uint8Array =>
  graphModel({
    opset,
    inputs: [spec("x", dims)],
    constants: [],
    nodes: [
      ["Relu", ["x"], "r"],
      ["Softmax", ["r"], "p", { axis }],
      ["ReduceMean", ["p"], "y", { axes: dims.map((_, a) => a) }],
    ],
    outputs: [spec("y", dims.map(() => 1))],
  });

describe("elements that no transaction could convict", function () {
  this.timeout(600_000);
  let judge: Judge;
  before(async () => {
    judge = await openTestJudge();
  });
  after(() => judge.close());

  /** Lies in the dearest element of a node of an honest run and convicts it, with no more gas than the budget says. */
  async function convicted(model: CompiledModel, index: number, element?: number): Promise<Convicted> {
    const trees = await commitRun(model, ortRuntime, 1);
    const lies: Lies = { program: model.program, computed: (id) => trees.computed(id), constant: (root) => trees.constant(root) as ReturnType<Lies["computed"]> };
    const node = model.program.nodes[index];
    const at = element ?? dearestElement(node, lies);
    const wrong = wrongBits(lies, index, at, new Random(9));
    if (wrong === undefined) expect.fail("nothing is wrong there");
    const { demand } = twinOf(node);
    const result = await convict(judge, lies, index, at, wrong, demand && costOf(new Steps(model.program, node).dearest(demand(node))));
    expect(result.verdict).to.include({ convicts: true, revert: "", fits: true });
    if (process.env.OPG_FIGURES === "1") console.log(`        ${result.transactions} transactions, dearest ${result.verdict.gas} of ${Math.max(...result.costs.map(({ gas }) => gas))} gas`);
    return result;
  }

  /** The compiler's, or a host's, reason to refuse. */
  async function refusal(attempt: Promise<CompiledModel>): Promise<string> {
    const error: unknown = await attempt.then(
      () => expect.fail("it was taken"),
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CompileError);
    return (error as CompileError).faults.map(({ why }) => why).join("; ");
  }

  for (const taps of [17_300, 17_900, 20_000, 30_000])
    it(`a QLinearConv of one channel and ${taps} taps, every second place`, async () => {
      await convicted(await compiled(dilated(taps)), 0, 2);
    });

  for (const [taps, channels, filters] of [[10_000, 1, 1], [10_000, 1, 16], [5_000, 4, 16], [12_900, 1, 1]] as const)
    it(`a Conv of ${channels} × ${taps} taps off the fast path of its chain`, async () => {
      const { transactions } = await convicted(await compiled(slowConv(taps, channels, filters)), 1, 4);
      // With several filters the runtime follows a chain, else the rule is a bound.
      expect(transactions).to.be.at.least(filters > 1 ? 2 : 1);
    });

  it("a Conv 10×10 over 256 channels", async () => {
    const file = graphModel({
      inputs: [spec("x", [1, 256, 12, 12])],
      constants: [{ ...spec("w", [2, 256, 10, 10]), raw: f32(2 * 25_600, (i) => Math.sin(i)) }],
      nodes: [
        ["Relu", ["x"], "r"],
        ["Conv", ["r", "w"], "y"],
      ],
      outputs: [spec("y", [1, 2, 3, 3])],
    });
    const { transactions } = await convicted(await compiled(file), 1);
    expect(transactions).to.be.within(2, TRANSACTIONS);
  });

  it("a MaxPool 12³ of which only the windows in the middle are full: in rows, and scattered over the channels", async () => {
    const file = pool(256, [12, 12, 12], { kernel_shape: [12, 12, 12], strides: [11, 11, 11], pads: [11, 11, 11, 11, 11, 11] }, [3, 3, 3]);
    const rows = await compiled(file);
    // The middle of channel 0.
    await convicted(rows, 1, 13);
    expect(await refusal(relaid(rows, 0, 1, [0, 2, 3, 4, 1]))).to.match(/read from 1728 KiB .* more than a transaction can carry: \d+ bytes and \d+ gas/);
  });

  for (const [perm, size, kernel] of [[[0, 1, 2, 3], 60, [50, 50]], [[0, 3, 1, 2], 60, [50, 50]], [[0, 3, 1, 2], 90, [31, 82]]] as const)
    it(`a MaxPool ${kernel.join("×")} with the layout [${perm.join(", ")}] is convicted, or refused with its gas`, async () => {
      const honest = await compiled(pool(4, [size, size], { kernel_shape: kernel }, kernel.map((k) => size + 1 - k)));
      await relaid(honest, 0, 1, perm).then(
        (model) => convicted(model, 1, 7),
        async (error: unknown) => {
          const gas = / and (\d+) gas, where/.exec(await refusal(Promise.reject(error as Error)));
          expect(Number(gas?.[1])).to.be.greaterThan(TRANSACTION_GAS);
        },
      );
    });

  for (const [dims, axis, perm, opset] of [
    [[3_900, 2], 0, [0, 1], 17],
    [[3_900, 300], 0, [0, 1], 17],
    [[1, 2, 3, 3_900], 3, [2, 0, 1, 3], 17],
    [[1, 40, 3_900, 3], 2, [2, 0, 1, 3], 17],
    [[2, 2, 3, 3_900], 3, [3, 2, 0, 1], 17],
    [[1, 1_300, 3, 1], 1, [2, 0, 1, 3], 11],
    [[1, 3_900, 1, 1], 1, [2, 0, 1, 3], 11],
    [[3_900, 1], 0, [0, 1], 11],
    [[2, 1_950, 2, 1], 1, [2, 0, 1, 3], 11],
  ] as const)
    it(`a Softmax of 3,900 in [${dims.join(", ")}] (opset ${opset}) with the layout [${perm.join(", ")}] is convicted, or refused with the number`, async () => {
      const honest = await compiled(softmax(dims, axis, opset));
      // As it is compiled, it can be.
      await convicted(honest, 1);
      await relaid(honest, 0, 1, perm).then(
        (model) => convicted(model, 1),
        async (error: unknown) => {
          expect(await refusal(Promise.reject(error as Error))).to.match(/more than a transaction can carry: \d+ bytes and \d+ gas, where 131072 and 16777216 is the most|takes \d+ transactions or more/);
        },
      );
    });

  it("a sum so scattered that no challenger could send all its transactions", async () => {
    const k = 9_000;
    const file = graphModel({
      inputs: [spec("x", [k, 256])],
      constants: [{ ...spec("w", [2, k]), raw: f32(2 * k, (i) => Math.sin(i)) }],
      nodes: [["MatMul", ["w", "x"], "y"]],
      outputs: [spec("y", [2, 256])],
    });
    // An input of the graph is laid out row-major: every product is read from a KiB of its own.
    expect(await refusal(compiled(file))).to.match(/takes \d+ transactions or more: 64 come to position \d+ of 9000/);
  });
});
