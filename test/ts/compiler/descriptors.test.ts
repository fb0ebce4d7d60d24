import { expect } from "chai";
import { rowAttributes, flag, floatBits, integer, integers, remarked, window } from "../../../core/operators/attributes.ts";
import { OPERATORS, supportedOperators } from "../../../core/operators/index.ts";
import { Opcode } from "../../../core/program/types.ts";
import { DERIVED, readDerived } from "../../../checks/operators.ts";

describe("the operators", () => {
  for (const [file, write] of Object.entries(DERIVED)) {
    it(`are what ${file} says (npm run operators)`, () => {
      const text = readDerived(file);
      expect(text).to.equal(write(text));
    });
  }

  it("have each the opcode of its name, and no two take the same of ONNX", () => {
    expect(Object.fromEntries(OPERATORS.map(({ name, opcode }) => [name, opcode]))).to.deep.equal(Opcode);
    expect(OPERATORS.flatMap(({ onnx }) => Object.keys(onnx)).sort()).to.deep.equal([...supportedOperators]);
  });
});

describe("attributes of a row", () => {
  const fields = rowAttributes({ group: integer, transA: flag, alpha: floatBits, window });
  const values = {
    group: -3,
    transA: true,
    alpha: 0xffc00001,
    window: { kernel: [1, 2], strides: [3, 4], begins: [5, 6], ends: [7, 8], dilations: [9, 10] },
  };

  it("come back under their names, every bit of them", () => {
    const attributes = fields.encode(values);
    expect(attributes).to.deep.equal([-3, 1, 0xffc00001 | 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(fields.of({ attributes })).to.deep.equal(values);
    expect(fields.of({ attributes })).to.equal(fields.of({ attributes }));
  });

  it("tell how the protocol calls them", () => {
    expect(fields.labels).to.deep.equal(["group", "transA", "alpha", "kernel…", "strides…", "padsBegin…", "padsEnd…", "dilations…"]);
    expect(rowAttributes({ axes: remarked(integers, "ascending") }).labels).to.deep.equal(["axes… (ascending)"]);
  });

  it("are no window where its lists differ in length", () => {
    expect(() => fields.of({ attributes: [1, 0, 0, 1, 2, 3] })).to.throw(RangeError, "3 attributes are no window");
  });
});
