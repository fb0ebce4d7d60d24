import { expect } from "chai";
import { partialClaim, wholeClaim, type Claim } from "../../../core/dispute/claims.ts";
import { trackBack } from "../../../core/dispute/trackBack.ts";
import { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { PLACES } from "../../../core/operators/indexing/places.ts";
import { twin } from "../../../core/operators/index.ts";
import { Opcode, Rule, type Program } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";

const LENGTH = 1_024;
const tensor = (id: number, dtype: DType, dims: readonly number[]): Tensor => ({ dtype, dims, perm: dims.map((_, axis) => axis), source: { kind: "computed", id } });
const [data, index, output] = [tensor(0, DType.float32, [LENGTH]), tensor(1, DType.int64, [1]), tensor(2, DType.float32, [1])];
const places = { indexed: [{ dim: LENGTH, stride: 1 }], steps: [] };
const program: Program = {
  tensorCount: 3,
  inputs: [{ name: "data", ...data }, { name: "index", ...index }],
  outputs: [{ name: "y", dtype: output.dtype, dims: output.dims, id: 2 }],
  nodes: [{ name: "y", op: "Gather", opcode: Opcode.Indexed, rule: Rule.equal, chunk: 0, flags: 0, attributes: PLACES.encode({ places }), inputs: [data, index], output }],
};

const floats = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
const treesOf = (at: bigint, y: number): TensorTree[] => [
  new TensorTree(data, floats(Array.from({ length: LENGTH }, (_, i) => i))),
  new TensorTree(index, new Uint8Array(BigInt64Array.of(at).buffer)),
  new TensorTree(output, floats([y])),
];

/** The challenger's index is 0; the operator's is 600, or none, and its output is not what stands there. */
const own = treesOf(0n, 0);

/** What the search wants, and what it finds, where the operator's values of these tensors are known. */
async function searched(theirs: readonly TensorTree[], known: readonly number[]): Promise<{ wanted: [id: number, leaves: readonly number[]][]; found: unknown }> {
  const wanted: [number, readonly number[]][] = [];
  const claim = (id: number): Claim => (known.includes(id) ? wholeClaim(theirs[id]) : partialClaim(own[id], undefined));
  const want = (id: number, leaves: readonly number[]): boolean => wanted.push([id, leaves]) > 0;
  const found = await trackBack({ program, claim, own: (id) => own[id].data, constant: () => own[0], twin, want, breathe: () => Promise.resolve() });
  return { wanted, found };
}

describe("a search back through an element that an index names", () => {
  const theirs = treesOf(600n, 601);

  it("asks for the index alone while it is unknown", async () => {
    expect(await searched(theirs, [2])).to.deep.equal({ wanted: [[1, [0]]], found: undefined });
  });

  it("asks for the leaf that the operator's index names, not for the own one's", async () => {
    expect(await searched(theirs, [1, 2])).to.deep.equal({ wanted: [[0, [2]]], found: undefined });
  });

  it("convicts once both are known", async () => {
    expect(await searched(theirs, [0, 1, 2])).to.deep.equal({ wanted: [], found: { node: 0, element: 0 } });
    expect((await searched(treesOf(600n, 600), [0, 1, 2])).found).to.equal(undefined);
  });

  it("convicts whatever stands where the index names nothing, without any of the data", async () => {
    for (const at of [1_024n, -1_025n, 2n ** 62n]) expect(await searched(treesOf(at, 7), [1, 2])).to.deep.equal({ wanted: [], found: { node: 0, element: 0 } });
  });
});
