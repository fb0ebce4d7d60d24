import { expect } from "chai";
import { hexlify } from "ethers";
import { acceptance } from "../../../core/exact/index.ts";
import { toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { CASES } from "../../support/cases.ts";
import { SPECIAL_BITS, floats, isNaNBits, mixedBits, roundBits, words } from "../../support/floats.ts";
import { Judge, bitsAt, canonicalBytes, honestOutput, type OnnxCase } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

/**
 * The first law under canonical form: onnxruntime computes with −0 and with any NaN, the rules see +0 and one NaN. What
 * it computed, brought into canonical form, must be admissible all the same.
 */
type Name = keyof typeof Opcode;
const CASES_EACH = Number(process.env.OPG_FUZZ ?? (process.env.OPG_TEST_PROFILE === "deep" ? 1_500 : 60));
const DOTS: readonly Name[] = ["Conv", "Gemm", "MatMul"];
const ZEROS = [0x00000000, 0x80000000];
const NANS = [0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff];
const TINY = [0x00000001, 0x80000001, 0x0d000000, 0x8d000000];

/** Mostly zeros of either sign; NaNs and infinities now and then, or never, so that not all results are NaN. */
function drawer(random: Random): () => number {
  const plain = () => random.pick([...ZEROS, ...ZEROS, roundBits(random), random.pick(TINY)]);
  const special = () => random.pick([plain(), plain(), plain(), random.pick(NANS), random.pick(SPECIAL_BITS), mixedBits(random)]);
  return random.chance(0.5) ? plain : special;
}

/** Fills the float32 inputs of a case with such numbers, in place; some of its constants become computed tensors. */
function fill(c: OnnxCase, random: Random): OnnxCase {
  c.node.inputs.forEach((t, i) => {
    if (t?.dtype === DType.float32) c.inputs[i]!.set(floats(sizeOf(t.dims), drawer(random)));
  });
  const onnxInputs = c.onnxInputs?.map((input) => input && { ...input, constant: input.constant === true && (input.dtype !== DType.float32 || random.chance(0.5)) });
  return { ...c, onnxInputs };
}

/** The case as a trace has it: computed inputs in canonical form, job inputs and constants as they are. */
const committed = (c: OnnxCase, random: Random): OnnxCase => ({
  ...c,
  inputs: c.inputs.map((raw, i) => (raw === undefined || random.chance(0.2) ? raw : canonicalBytes(c.node.inputs[i]!.dtype, raw))),
});

const exactly = (c: OnnxCase, node: Node) => {
  const readers = c.inputs.map((raw, i) => raw && new BytesReader(c.node.inputs[i]!, toCommitOrder(c.node.inputs[i]!, raw)));
  return (element: number, bits: bigint) => acceptance(node, element, readers).isAdmissible(bits);
};

/** What came about in the runs: otherwise they prove little. */
interface Seen {
  negativeZeros: number;
  oddNaNs: number;
}

async function judgeHonest(name: Name, seed: number, nodeOf: (c: OnnxCase, honest: Uint8Array) => Node | undefined): Promise<Seen & { judged: number }> {
  const random = new Random(seed);
  const judge = new Judge();
  const seen = { negativeZeros: 0, oddNaNs: 0, judged: 0 };
  for (let i = 0; i < CASES_EACH; i++) {
    const raw = fill(CASES[name](random), random);
    const { dtype, dims } = raw.node.output;
    const output = await honestOutput(raw);
    const node = nodeOf(raw, output);
    if (node === undefined) continue;
    if (dtype === DType.float32) {
      seen.negativeZeros += words(output).filter((bits) => bits === 0x80000000).length;
      seen.oddNaNs += words(output).filter((bits) => isNaNBits(bits) && bits !== 0x7fc00000).length;
    }
    const c = { ...committed(raw, random), node };
    const honest = canonicalBytes(dtype, output);
    const admits = exactly(c, node);
    for (const element of [0, random.int(0, sizeOf(dims) - 1), random.int(0, sizeOf(dims) - 1)]) {
      const bits = bitsAt(honest, dtype, element);
      judge.ask(c, element, bits, true);
      if (!admits(element, bits)) {
        expect.fail(`${name} ${i}: element ${element} of an honest run, 0x${bits.toString(16)}, is forbidden\n${JSON.stringify(node)}\n${c.inputs.map((b) => b && hexlify(b).slice(0, 2000)).join("\n")}`);
      }
      seen.judged++;
    }
  }
  await judge.settle();
  return seen;
}

describe("canonical form of honest runs full of zeros, NaNs and infinities", () => {
  /** Operators whose float32 output takes over or makes negative zeros. */
  const signs: readonly Name[] = ["Strided", "MaxPool", "DequantizeLinear", "Add", "Sub", "Mul", "Div"];
  for (const name of Object.keys(CASES) as Name[])
    it(`${name}: admissible by contract, twin and exact arithmetic`, async () => {
      const seen = await judgeHonest(name, Opcode[name] + 0x40000, ({ node }) => node);
      expect(seen.judged).to.equal(3 * CASES_EACH);
      if (signs.includes(name)) expect(seen.negativeZeros, "negative zeros").to.be.greaterThan(CASES_EACH / 4);
      if (signs.includes(name)) expect(seen.oddNaNs, "NaNs of other bits").to.be.greaterThan(CASES_EACH / 4);
    });

  for (const name of DOTS)
    it(`${name} under chain: admissible by contract, twin and exact arithmetic`, async () => {
      const schedules = (node: Node): Node[] => [0, 64, 128, 256].flatMap((chunk) => [0, 1].map((flags) => ({ ...node, rule: Rule.chain, chunk, flags })));
      // The schedule that the run itself followed, on the operands that it had.
      const seen = await judgeHonest(name, Opcode[name] + 0x50000, (c, output) => {
        const honest = canonicalBytes(DType.float32, output);
        const elements = Array.from({ length: Math.min(20, honest.length / 4) }, (_, i) => i);
        return schedules(c.node).find((node) => elements.every((element) => exactly(c, node)(element, bitsAt(honest, DType.float32, element))));
      });
      expect(seen.judged).to.be.greaterThan(CASES_EACH);
    });
});
