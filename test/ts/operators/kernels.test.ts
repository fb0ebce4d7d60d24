import { expect } from "chai";
import { Bench, NOTHING, together, type Range } from "../../../checks/kernels/sweep.ts";
import { KERNEL_NAMES, kernelNode, kernelPoints, unfollowedKernels } from "../../../core/compile/kernels.ts";
import { bitsOf } from "../../../core/math/float32.ts";
import { operatorOf, OPERATORS } from "../../../core/operators/index.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { SPECIAL_BITS, words } from "../../support/floats.ts";
import { Judge } from "../../support/judge.ts";
import { tensor, type OpCase } from "../../support/opCase.ts";
import { Random } from "../../support/random.ts";

/** Bit patterns that lie an odd number apart, so that every sign and exponent comes. */
const SAMPLE: Range = { first: 0, step: 4097, count: 2 ** 20 - 256 };
const LONGEST_TAIL = 33;

const points = new Uint32Array(kernelPoints().buffer);
/** Special numbers and points at which kernels change their ways. */
const draw = (random: Random) => () => random.pick([random.pick(SPECIAL_BITS), random.pick([...points.subarray(0, 60)]), random.u32()]);

describe("kernels as onnxruntime computes them", function () {
  this.timeout(120_000);

  it("are tried under a name each", () => {
    const tried = new Set(KERNEL_NAMES.map((name) => kernelNode(name, 1).node.op));
    expect([...tried].sort()).to.deep.equal(OPERATORS.filter(({ rules }) => rules.some((rule) => rule === Rule.kernel)).map(({ name }) => name).sort());
  });

  for (const name of KERNEL_NAMES) {
    it(`${name}: one of 4,096 inputs`, async () => {
      const bench = await Bench.open(kernelNode(name, SAMPLE.count));
      const { compared, differing, first } = await bench.range(SAMPLE);
      await bench.close();
      expect(differing, JSON.stringify(first)).to.equal(0);
      expect(compared).to.equal(SAMPLE.count);
    });

    it(`${name}: in tensors of 1 to ${LONGEST_TAIL} elements, so at the end as in the middle`, async () => {
      const random = new Random(9);
      let sum = NOTHING;
      for (let length = 1; length <= LONGEST_TAIL; length++) {
        const bench = await Bench.open(kernelNode(name, length));
        for (let i = 0; i < 20; i++) sum = together(sum, await bench.compare(Uint32Array.from({ length }, draw(random))));
        await bench.close();
      }
      expect(sum.first, JSON.stringify(sum)).to.equal(undefined);
      expect(sum.compared).to.equal((20 * LONGEST_TAIL * (LONGEST_TAIL + 1)) / 2);
    });
  }

  it("a function that is nearly the same is found to differ", async () => {
    const { model } = kernelNode("Exp", 2_000);
    const bench = await Bench.open({ model, replay: (x) => x.map(Math.exp) });
    const { differing, first } = await bench.compare(words(new Uint8Array(Float32Array.from({ length: 2_000 }, (_, i) => i / 25).buffer)));
    await bench.close();
    expect(differing).to.be.greaterThan(50).and.lessThan(1_000);
    expect(Math.abs(bitsOf(first!.runtime) - bitsOf(first!.kernel))).to.equal(1);
  });

  it("are followed by this host", async () => {
    expect(await unfollowedKernels(ortRuntime)).to.deep.equal([]);
  });

  it("cost what their descriptors say at most", async () => {
    const gasOf = async (of: (bits: number) => OpCase, inputs: readonly number[]): Promise<number> => {
      const judge = new Judge();
      for (const bits of inputs) judge.ask(of(bits), 0, 0n);
      await judge.settle();
      return Math.max(...judge.gas);
    };
    const random = new Random(10);
    const inputs = Array.from({ length: 150 }, (_, i) => (i % 2 === 0 ? draw(random)() : bitsOf(Math.fround(20 * random.unit() - 10))));
    const row = (opcode: number, rule: Rule, attributes: readonly number[]) => (bits: number): OpCase => {
      const x = tensor(DType.float32, [1]);
      return { node: { opcode: opcode as Opcode, rule, chunk: 0, flags: 0, attributes, output: x, inputs: [x] }, inputs: [new Uint8Array(Uint32Array.of(bits).buffer)] };
    };
    // A Relu does nothing with the number that it reads.
    const nothing = await gasOf(row(Opcode.Relu, Rule.equal, []), [0x3f800000]);
    const rows: readonly (readonly [keyof typeof Opcode, number, ...number[]])[] = [
      ["Exp", 12_000], ["Tanh", 12_000], ["Sigmoid", 12_000], ["Erf", 20_000], ["Gelu", 20_000, 0], ["Gelu", 20_000, 1], ["HardSigmoid", 12_000, bitsOf(0.2), bitsOf(0.5)],
    ];
    for (const [name, most, ...attributes] of rows) {
      const own = (await gasOf(row(Opcode[name], Rule.kernel, attributes.map((bits) => bits | 0)), inputs)) - nothing;
      if (process.env.OPG_FIGURES === "1") console.log(`${name} ${attributes.join()}: ${own} gas`);
      expect(own, name).to.be.at.most(operatorOf(Opcode[name]).gas!.function).and.at.most(most);
    }
  });
});
