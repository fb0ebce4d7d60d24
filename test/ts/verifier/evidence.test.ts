import { expect } from "chai";
import { constantTrees } from "../../../core/dispute/evidence.ts";
import { tensorRoot } from "../../../core/merkle/tensorTree.ts";
import { floatsOf } from "../../../core/tensor/numbers.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Program } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";

describe("findings", () => {
  it("two constants of zeros share a root, and a proof reads the longer one to its end", () => {
    const zeros = (length: number): Tensor => {
      const shape = { dtype: DType.int8, dims: [length], perm: [0] };
      return { ...shape, source: { kind: "constant", root: tensorRoot(shape, new Uint8Array(length)) } };
    };
    const [long, short] = [zeros(16), zeros(10)];
    expect(long.source).to.deep.equal(short.source);
    const node = { opcode: Opcode.Add, rule: Rule.equal, chunk: 0, flags: 0, output: long, attributes: [], name: "n", op: "Add" } as const;
    for (const inputs of [
      [long, short],
      [short, long],
    ]) {
      const program: Program = { tensorCount: 1, inputs: [], outputs: [], nodes: [{ ...node, inputs }] };
      const tree = constantTrees(program, (_, i) => new Uint8Array(inputs[i].dims[0]));
      if (long.source.kind === "constant") expect(new BytesReader(long, tree(long.source.root).data).u32(15)).to.equal(0);
    }
  });

  it("float data in a Buffer at an odd offset is read as it is", () => {
    const buffer = Buffer.from([0, 0, 0, 128, 63, 0, 0, 0, 64]).subarray(1);
    expect([...floatsOf(buffer)]).to.deep.equal([1, 2]);
  });
});
