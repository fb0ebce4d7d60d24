import { expect } from "chai";
import { hexlify } from "ethers";
import { acceptance } from "../../../core/exact/index.ts";
import { toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { CASES } from "../../support/cases.ts";
import { fromOrder, isNaNBits, toOrder } from "../../support/floats.ts";
import { bitsAt, canonicalOutput, type OnnxCase } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

type Name = keyof typeof Opcode;

const readersOf = (c: OnnxCase) =>
  c.node.inputs.map((t, i) => (t === undefined || c.inputs[i] === undefined ? undefined : new BytesReader(t, toCommitOrder(t, c.inputs[i]))));

const CHUNKS = [0, 64, 128, 256, 512];
const schedules = (node: Node): Node[] =>
  CHUNKS.flatMap((chunk) => [0, 1].map((flags) => ({ ...node, rule: Rule.chain, chunk, flags })));

/** Whether an admissible value lies next to one just outside, or one further: one at the very edge of a bound is left out. */
function inwards(bits: number, admits: (bits: number) => boolean): boolean {
  if (isNaNBits(bits)) return true;
  return [-2, -1, 1, 2].map((step) => fromOrder(toOrder(bits) + step)).some((b) => !isNaNBits(b) && admits(b));
}

function expectRight(label: string, c: OnnxCase, node: Node, honest: Uint8Array, elements: readonly number[]): number {
  const readers = readersOf(c);
  let forbidden = 0;
  for (const element of elements) {
    const bits = bitsAt(honest, node.output.dtype, element);
    const { isAdmissible, justOutside } = acceptance(node, element, readers);
    const about = () => `${label} element ${element} 0x${bits.toString(16)}\n${JSON.stringify(node)}\n${c.inputs.map((raw) => raw && hexlify(raw).slice(0, 2000)).join("\n")}`;
    if (!isAdmissible(bits)) expect.fail(`the honest value is forbidden: ${about()}`);
    for (const outside of justOutside()) {
      forbidden++;
      if (isAdmissible(outside)) expect.fail(`0x${outside.toString(16)} just outside is admissible: ${about()}`);
      if (node.output.dtype === DType.float32 && !isNaNBits(Number(bits)) && !inwards(Number(outside), (b) => isAdmissible(BigInt(b))))
        expect.fail(`0x${outside.toString(16)} is not next to an admissible value: ${about()}`);
    }
  }
  return forbidden;
}

const chosen = (size: number, count: number, random: Random): number[] =>
  size <= count ? Array.from({ length: size }, (_, i) => i) : Array.from({ length: count }, () => random.int(0, size - 1));

describe("exact arithmetic against onnxruntime", () => {
  const dots: readonly Name[] = ["Conv", "Gemm", "MatMul"];
  for (const name of Object.keys(CASES) as Name[])
    it(`${name}: 200 random cases`, async () => {
      const random = new Random(Opcode[name]);
      let forbidden = 0;
      for (let i = 0; i < 200; i++) {
        const c = CASES[name](random);
        const honest = await canonicalOutput(c);
        forbidden += expectRight(`${name} ${i}`, c, c.node, honest, chosen(sizeOf(c.node.output.dims), 8, random));
      }
      expect(forbidden).to.be.greaterThan(300);
    });

  for (const name of dots)
    it(`${name}: a schedule gives every element, one unit in the last place away is forbidden`, async () => {
      const random = new Random(Opcode[name] + 0x10000);
      let matched = 0;
      let forbidden = 0;
      for (let i = 0; i < 120; i++) {
        const c = CASES[name](random);
        const honest = await canonicalOutput(c);
        const readers = readersOf(c);
        const size = sizeOf(c.node.output.dims);
        const elements = chosen(size, 40, random);
        const right = (node: Node) => elements.every((e) => acceptance(node, e, readers).isAdmissible(bitsAt(honest, DType.float32, e)));
        const node = schedules(c.node).find(right);
        if (node === undefined) continue;
        matched++;
        forbidden += expectRight(`${name} ${i}`, c, node, honest, elements);
      }
      expect(matched).to.be.greaterThan(60);
      expect(forbidden).to.be.greaterThan(1000);
    });
});
