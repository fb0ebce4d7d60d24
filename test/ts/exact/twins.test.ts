import { expect } from "chai";
import { hexlify } from "ethers";
import { acceptance } from "../../../core/exact/index.ts";
import { toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { CASES } from "../../support/cases.ts";
import { SPECIAL_BITS, isNaNBits, toOrder } from "../../support/floats.ts";
import { bitsAt, canonicalOutput, type OnnxCase } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

type Name = keyof typeof Opcode;
const DOTS: readonly Name[] = ["Conv", "Gemm", "MatMul"];
const CASES_EACH = Number(process.env.OPG_FUZZ ?? 300);

function claims(dtype: DType, honest: bigint, outside: readonly bigint[], random: Random): bigint[] {
  const width = 8 * widthOf(dtype);
  const anything = BigInt.asUintN(width, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
  const flipped = honest ^ (1n << BigInt(random.int(0, width - 1)));
  const special = dtype === DType.float32 ? [0n, 0x7fc00001n, 0x7f800000n, 0xff800000n, BigInt(random.pick(SPECIAL_BITS))] : [];
  // Around the edges of the admissible region.
  const near = dtype === DType.float32 ? outside.filter((b) => b > 0n).flatMap((b) => [b - 1n, b + 1n]) : [];
  return [honest, ...outside, ...near, anything, flipped, ...special];
}

/**
 * Whether a claim lies between the admissible values and those just outside: it exceeds a bound by less than 2⁻⁴⁰ of
 * itself, where a twin may be lenient.
 */
const isOnTheEdge = (claimed: bigint, honest: bigint, outside: readonly bigint[]): boolean => {
  const order = (bits: bigint) => toOrder(Number(bits));
  const [least, most] = [Math.min, Math.max].map((pick) => pick(order(honest), order(claimed)));
  return !isNaNBits(Number(claimed)) && outside.every((b) => order(b) < least || order(b) > most);
};

/** How many judgements were compared, how many of them forbade, how many were left to the twin. */
interface Tally {
  asked: number;
  forbidden: number;
  edges: number;
}

/** Compares the twin with the exact definition. */
function compare(label: string, c: OnnxCase, node: Node, honest: Uint8Array, random: Random): Tally {
  const readers = c.node.inputs.map((t, i) => (t === undefined || c.inputs[i] === undefined ? undefined : new BytesReader(t, toCommitOrder(t, c.inputs[i]))));
  let asked = 0;
  let forbidden = 0;
  let edges = 0;
  for (let i = 0; i < 4; i++) {
    const element = random.int(0, sizeOf(node.output.dims) - 1);
    const exact = acceptance(node, element, readers);
    const honestBits = bitsAt(honest, node.output.dtype, element);
    for (const claimed of claims(node.output.dtype, honestBits, exact.justOutside(), random)) {
      const bound = node.rule === Rule.bound;
      const [definition, judged] = [exact.isAdmissible(claimed), twin(node, element, claimed, readers)];
      asked++;
      if (!definition) forbidden++;
      if (definition === judged) continue;
      if (bound && judged && isOnTheEdge(claimed, honestBits, exact.justOutside())) edges++;
      else
        expect.fail(
          `${label} element ${element} claimed 0x${claimed.toString(16)}: by definition ${definition}, the twin says ${judged}; outside ${exact.justOutside().map((b) => b.toString(16))}\n` +
            `${JSON.stringify(node)}\n${c.inputs.map((raw) => raw && hexlify(raw).slice(0, 3000)).join("\n")}`,
        );
    }
  }
  return { asked, forbidden, edges };
}

describe("twins against exact arithmetic", () => {
  const run = async (name: Name, seed: number, variant: (node: Node, random: Random) => Node): Promise<void> => {
    const random = new Random(seed);
    const total: Tally = { asked: 0, forbidden: 0, edges: 0 };
    for (let i = 0; i < CASES_EACH; i++) {
      const c = CASES[name](random);
      const honest = await canonicalOutput(c);
      const tally = compare(`${name} ${i}`, c, variant(c.node, random), honest, random);
      for (const key of ["asked", "forbidden", "edges"] as const) total[key] += tally[key];
    }
    expect(total.asked).to.be.greaterThan(10 * CASES_EACH);
    expect(total.forbidden).to.be.greaterThan(4 * CASES_EACH);
    expect(total.edges).to.be.lessThan(total.asked / 100);
  };

  for (const name of Object.keys(CASES) as Name[]) it(`${name}: equal verdicts`, () => run(name, Opcode[name] + 0x20000, (node) => node));

  for (const name of DOTS)
    it(`${name} under chain, with any schedule: equal verdicts`, () =>
      run(name, Opcode[name] + 0x30000, (node, random) => ({
        ...node,
        rule: Rule.chain,
        chunk: random.pick([0, 1, 3, 16, 64, 128, 256]),
        flags: random.int(0, 1),
      })));
});
