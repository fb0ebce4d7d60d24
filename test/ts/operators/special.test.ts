import { expect } from "chai";
import { acceptance } from "../../../core/exact/index.ts";
import { LEAF } from "../../../core/merkle/tensorTree.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import type { Refused, Special } from "../../operators/support/cases.ts";
import { canonicalBits, tried } from "../../operators/support/special.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { opened, refusal } from "../../support/judge.ts";
import { bitsAt, canonicalOutput, commitOrders, honestOutput, readersOf, type OpCase, type OnnxCase } from "../../support/opCase.ts";
import { Random } from "../../support/random.ts";

/** Of what is tried exactly that is admissible which the table says, to contract, twin and exact reading. */
async function judgeSpecial(verdicts: Verdicts, special: Special): Promise<void> {
  const { about, of: c, element = 0 } = special;
  const { dtype } = c.node.output;
  // Where every value of a byte is tried, the contract is asked of those that are admissible and some that are not.
  for (const [i, { claimed, admissible }] of tried(special).entries())
    verdicts.expect(about, c, element, claimed, canonicalBits(dtype, claimed), admissible, admissible || i % 20 === 0 || dtype === DType.float32);
  if (special.runs === false) return;
  const honest = bitsAt(await honestOutput(c), dtype, element);
  verdicts.expect(`${about}, onnxruntime`, c, element, honest, canonicalBits(dtype, honest), true, true);
}

/** Every element, and what lies next to it. */
async function judgeEvery(verdicts: Verdicts, about: string, c: OnnxCase): Promise<void> {
  const { dtype, dims } = c.node.output;
  const output = await canonicalOutput(c);
  for (let element = 0; element < sizeOf(dims); element++) {
    const honest = bitsAt(output, dtype, element);
    const exact = verdicts.honest(about, c, element, honest);
    const claims = [honest, ...exact.justOutside(), ...(dtype === DType.float32 ? [0x7fc00000n] : [])];
    for (const claimed of claims) verdicts.compare(about, c, element, exact, honest, claimed, true);
  }
}

/** Elements as a twin reads them where there is no tensor. */
const nothing = ({ node }: OpCase) => node.inputs.map((tensor) => tensor && { tensor, bits: () => 0n, u32: () => 0 });

async function judgeRefused({ about, of: c, error }: Refused): Promise<void> {
  const { admissible, reduction } = operatorOf(c.node.opcode);
  const given = c.inputs.some((raw) => raw !== undefined);
  const readers = given ? readersOf(c) : nothing(c);
  const thrown = (call: () => unknown): string | undefined => {
    try {
      call();
      return undefined;
    } catch (e) {
      return (e as Error).name;
    }
  };
  expect(thrown(() => admissible(c.node, 0, 0n, readers)), `${about}: the twin`).to.equal(error);
  if (reduction !== undefined && reduction.length(c.node) > 0) expect(thrown(() => reduction.accumulate(c.node, 0, "0x", 1, readers)), `${about}: a piece`).to.equal(error);
  if (c.node.inputs.some((tensor) => tensor?.dims.includes(0))) expect(() => acceptance(c.node, 0, readers), `${about}: the exact reading`).to.throw(RangeError);
  const openings = commitOrders(c).map((bytes) => (bytes === undefined ? opened(new Uint8Array(), []) : opened(bytes, [0])));
  expect(await refusal(c, 0, openings), `${about}: the contract`).to.equal(error);
}

describe("special values: exactly what the table says is admissible, to contract, twin and exact reading", () => {
  for (const [name, { random: draw, special, every = [], refused = [], unheardOf = [] }] of OPERATOR_CASES) {
    it(`${name}: ${special.length} cases`, async () => {
      const verdicts = new Verdicts();
      for (const one of special) await judgeSpecial(verdicts, one);
      await verdicts.settle();
    });

    if (every.length > 0)
      it(`${name}: every element of ${every.length} tensors of special values`, async () => {
        const verdicts = new Verdicts();
        for (const [i, c] of every.entries()) await judgeEvery(verdicts, `${name}, tensor ${i}`, c);
        await verdicts.settle();
      });

    for (const one of refused) it(`${name} gives no verdict: ${one.about}`, () => judgeRefused(one));

    for (const { about, of, says } of unheardOf)
      it(`${name}: onnxruntime refuses ${about}`, async () => {
        const answer = await honestOutput(of).then(
          () => "an output",
          (error: unknown) => String(error),
        );
        expect(answer).to.contain(says);
      });

    it(`${name} is judged under no other rule`, async () => {
      const { rules } = operatorOf(Opcode[name]);
      const c = draw(new Random(1));
      const whole = commitOrders(c).map((bytes) => opened(bytes ?? new Uint8Array(), Array.from({ length: Math.ceil((bytes?.length ?? 0) / LEAF) }, (_, i) => i)));
      for (const rule of [...Object.values(Rule), 4 as Node["rule"]].filter((other) => !(rules as readonly Rule[]).includes(other))) {
        const other = { ...c, node: { ...c.node, rule } };
        expect(await refusal(other, 0, whole), `rule ${rule}: the contract`).to.equal("OpUnknown");
        expect(() => acceptance(other.node, 0, readersOf(other)), `rule ${rule}: the exact reading`).to.throw("is none of opcode");
      }
    });
  }
});
