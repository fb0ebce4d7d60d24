import { expect } from "chai";
import { placesOfInput, seekInput } from "../../../core/dispute/hiddenInput.ts";
import { decodeReveal, encodeReveal, placeName, type Shown } from "../../../core/dispute/places.ts";
import { leafCount, TensorTree, treeDepth } from "../../../core/merkle/tensorTree.ts";
import { tracedTensors } from "../../../core/program/program.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Program } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { Random } from "../../support/random.ts";

const random = new Random(31);
const spec = (name: string, size: number) => ({ name, dtype: DType.float32, dims: [size] });
const tensor = (id: number, size: number): Tensor => ({ dtype: DType.float32, dims: [size], perm: [0], source: { kind: "computed", id } });
const node = (input: number, output: number, size: number) =>
  ({ name: `n${output}`, op: "Relu", opcode: Opcode.Relu, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], inputs: [tensor(input, size)], output: tensor(output, size) }) as const;
/** Inputs of 100 leaves and of one, and two that no node reads or that hold zeros only. */
const sizes = [25_500, 5, 3_000, 2_000];
const program: Program = {
  tensorCount: 7,
  inputs: sizes.map((size, i) => spec(`x${i}`, size)),
  outputs: [{ ...spec("y", sizes[0]), id: 4 }],
  nodes: [node(0, 4, sizes[0]), node(1, 5, sizes[1]), node(3, 6, sizes[3])],
};
const specs = tracedTensors(program);
const values = specs.map((each, id) => Uint8Array.from({ length: byteLength(each) }, () => (id === 3 ? 0 : random.int(0, 255))));
const trees = specs.map((each, id) => new TensorTree(each, values[id]));
const roots = trees.slice(0, 4).map(({ root }) => root);

describe("a hidden input", () => {
  it("takes a place for every leaf that is read, whatever it holds", () => {
    expect(placesOfInput(program)).to.equal(100 + 1 + leafCount(program.inputs[3]));
  });

  it("is seen by demands, as many at a time as are free, each place once", () => {
    const shown: Shown[] = [];
    const asked = new Set<string>();
    let rounds = 0;
    for (;;) {
      const found = seekInput({ program, roots, served: new Map(), shown, pending: new Set(), free: 64 });
      if (Array.isArray(found)) {
        expect(found.map((bytes) => Buffer.from(bytes).toString("hex"))).to.deep.equal(
          values.slice(0, 4).map((bytes, id) => Buffer.from(id === 2 ? new Uint8Array(bytes.length) : bytes).toString("hex")),
        );
        break;
      }
      if (found.kind !== "demand") throw new Error("waits for nothing");
      rounds++;
      expect(found.places.length).to.be.at.most(64);
      for (const place of found.places) {
        const name = placeName(place, treeDepth(specs[place.tensor]));
        expect(asked.has(name), "demanded twice").to.equal(false);
        asked.add(name);
      }
      shown.push(...decodeReveal(encodeReveal(trees, found.places)));
    }
    // Zeros are known by their root, and what is not read is not asked for.
    expect(asked.size).to.equal(101);
    expect(rounds).to.equal(2);
  });

  it("waits while all that is missing is demanded, and takes nothing that is not the input's", () => {
    const first = seekInput({ program, roots, served: new Map(), shown: [], pending: new Set(), free: 200 });
    if (Array.isArray(first) || first.kind !== "demand") throw new Error("nothing is demanded");
    const pending = new Set(first.places.map((place) => placeName(place, treeDepth(specs[place.tensor]))));
    expect(seekInput({ program, roots, served: new Map(), shown: [], pending, free: 3 })).to.deep.equal({ kind: "wait" });
    const bent = trees.map((tree, id) => (id === 0 ? new TensorTree(specs[0], tree.data.map((byte) => byte ^ 1)) : tree));
    const shown = decodeReveal(encodeReveal(bent, first.places.slice(0, 10)));
    const again = seekInput({ program, roots, served: new Map(), shown, pending: new Set(), free: 200 });
    expect(again).to.deep.equal(first);
  });

  it("takes inputs that somebody serves without a demand", () => {
    const served = new Map([[0, values[0]], [1, values[1]]]);
    const found = seekInput({ program, roots, served, shown: [], pending: new Set(), free: 0 });
    if (!Array.isArray(found)) throw new Error("something is missing");
    expect(Buffer.from(found[0]).equals(values[0])).to.equal(true);
  });
});
