import { expect } from "chai";
import { Opcode } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import type { OperatorCases } from "../../operators/support/cases.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { SPECIAL_BITS, floats, isNaNBits, mixedBits, roundBits, words } from "../../support/floats.ts";
import { bitsAt, canonicalBytes, honestOutput, type OnnxCase } from "../../support/opCase.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

/**
 * The first law under canonical form: onnxruntime computes with −0 and with any NaN, the rules see +0 and one NaN. What
 * it computed, brought into canonical form, must be admissible all the same.
 */
const CASES_EACH = casesEach(60);
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

/** What came about in the runs: otherwise they prove little. */
interface Seen {
  negativeZeros: number;
  oddNaNs: number;
}

async function judgeHonest(about: string, { random: draw }: OperatorCases, seed: number): Promise<Seen & { judged: number }> {
  const random = new Random(seed);
  const verdicts = new Verdicts();
  const seen = { negativeZeros: 0, oddNaNs: 0, judged: 0 };
  for (let i = 0; i < CASES_EACH; i++) {
    const raw = fill(draw(random), random);
    const { dtype, dims } = raw.node.output;
    const output = await honestOutput(raw);
    if (dtype === DType.float32) {
      seen.negativeZeros += words(output).filter((bits) => bits === 0x80000000).length;
      seen.oddNaNs += words(output).filter((bits) => isNaNBits(bits) && bits !== 0x7fc00000).length;
    }
    const c = committed(raw, random);
    const honest = canonicalBytes(dtype, output);
    for (const element of [0, random.int(0, sizeOf(dims) - 1), random.int(0, sizeOf(dims) - 1)]) {
      verdicts.admitted(`${about} ${i}`, c, element, bitsAt(honest, dtype, element), true);
      seen.judged++;
    }
  }
  await verdicts.settle();
  return seen;
}

describe("canonical form of honest runs full of zeros, NaNs and infinities: admissible by contract, twin and exact reading", () => {
  for (const [name, cases] of OPERATOR_CASES) {
    it(name, async () => {
      const seen = await judgeHonest(name, cases, Opcode[name] + 0x40000);
      expect(seen.judged).to.equal(3 * CASES_EACH);
      if (cases.keepsSigns === true) expect(seen.negativeZeros, "negative zeros").to.be.greaterThan(CASES_EACH / 4);
      if (cases.keepsSigns === true) expect(seen.oddNaNs, "NaNs of other bits").to.be.greaterThan(CASES_EACH / 4);
    });
  }
});
