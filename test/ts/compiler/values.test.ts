import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import type { InputValues } from "../../../core/compile/values.ts";
import { CompileError, type Fault } from "../../../core/faults.ts";
import type { GraphProto } from "../../../core/onnx/onnx_pb.js";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graph, model, node } from "../../support/nestedModel.ts";

interface Given {
  readonly values?: InputValues;
  readonly dims?: Readonly<Record<string, number>>;
}

/** An opset in which axes are an input of every reduction. */
const OPSET = 18;

async function compiled(given: GraphProto, { values, dims }: Given = {}) {
  const { program, differences } = await compile(model(given, { opset: OPSET }), { runtime: ortRuntime, values, dims });
  expect(differences).to.deep.equal([]);
  return { ops: program.nodes.map(({ op }) => op), inputs: program.inputs.map(({ name }) => name), outputs: program.outputs.map(({ dims: sizes }) => sizes) };
}

async function faults(given: GraphProto, bound: Given = {}, opset = OPSET): Promise<readonly Fault[]> {
  const error: unknown = await compile(model(given, { opset }), { runtime: ortRuntime, ...bound }).catch((e: unknown) => e);
  return error instanceof CompileError ? error.faults : [{ name: "none", op: "", why: String(error) }];
}

const SUM = graph(["float x[2,3]", "int64 axes[1]"], [node("y = ReduceMax(x, axes)", { keepdims: 0 })], ["float y"]);

describe("the value of an input, given when a model is compiled", () => {
  it("is a constant of the program, which does not take it any longer", async () => {
    for (const axes of [[1], 1, ["1"]]) expect(await compiled(SUM, { values: { axes } })).to.deep.equal({ ops: ["ReduceMax"], inputs: ["x"], outputs: [[2]] });
    expect((await compiled(SUM, { values: { axes: [0] } })).outputs).to.deep.equal([[3]]);
  });

  it("has the shape of its lists where the input's is open, and that of the input where all numbers are in one list", async () => {
    const given = graph(["float x[2,3]", "float w[n,m]"], [node("y = Add(x, w)")], ["float y"]);
    expect((await compiled(given, { values: { w: [[1, 2, 3]] } })).outputs).to.deep.equal([[2, 3]]);
    expect((await compiled(given, { values: { w: [1, 2, 3, "-Infinity", "NaN", 0.5] }, dims: { n: 2, m: 3 } }).catch((error: Error) => error.message))).to.equal("n: no input has a dimension of this name\nm: no input has a dimension of this name");
    const fixed = graph(["float x[2,3]", "float w[2,1]"], [node("y = Add(x, w)")], ["float y"]);
    expect((await compiled(fixed, { values: { w: [1, 2] } })).outputs).to.deep.equal([[2, 3]]);
  });

  it("may be a bool, and an integer that JSON has no number for", async () => {
    const branches = { then_branch: { graph: graph([], [node("r = Add(n, i)")], ["int64 r"]) }, else_branch: { graph: graph([], [node("r = Sub(n, i)")], ["int64 r"]) } };
    const given = graph(["int64 n[2]", "int64 i[]", "bool c[]"], [node("y = If(c)", branches)], ["int64 y"]);
    expect(await compiled(given, { values: { c: true, i: "9223372036854775807" } })).to.deep.equal({ ops: ["Add"], inputs: ["n"], outputs: [[2]] });
    expect((await compiled(given, { values: { c: 0, i: 7 } })).ops).to.deep.equal(["Sub"]);
  });

  const wide = graph(["int64 n[2]", "int64 i[]", "float w[2,1]", "bool c[]"], [node("y = Add(n, i)"), node("z = Where(c, w, w)")], ["int64 y", "float z"]);
  for (const [name, values, why] of [
    ["of an input that is not there", { k: 1 }, 'k: a value is given for it, and the model has no input of this name; its inputs are "n", "i", "w", "c"'],
    ["of another number of elements", { n: [1, 2, 3] }, "n: the value that is given for it does not fit: it has 3 elements, the input 2; it is int64 [2]: give it as --value n=[1,1]"],
    ["of another shape", { w: [[1, 2]] }, "w: the value that is given for it does not fit: its lists have the shape [1, 2]; it is float32 [2, 1]: give it as --value w=[1,1]"],
    ["of lists of different lengths", { w: [[1], [2, 3]] }, "w: the value that is given for it does not fit: its lists are of different lengths"],
    ["that is no number", { n: [1, "two"] }, 'n: the value that is given for it does not fit: "two" is no whole number'],
    ["that is no whole number", { i: 0.5 }, "i: the value that is given for it does not fit: 0.5 is no whole number"],
    ["that is not exact", { i: 2 ** 60 }, 'i: the value that is given for it does not fit: 1152921504606847000 is not exact in JSON: write it as text, "1152921504606846976"'],
    ["beyond its type", { i: "9223372036854775808" }, "i: the value that is given for it does not fit: 9223372036854775808 is out of the range of int64"],
    ["beyond its floats", { w: [1e39, 0] }, "w: the value that is given for it does not fit: 1e+39 is out of the range of float32"],
    ["that is no bool", { c: 2 }, "c: the value that is given for it does not fit: 2 is no bool: true or false"],
  ] as [string, InputValues, string][]) {
    it(`is refused ${name}`, async () => {
      const [fault] = await faults(wide, { values });
      expect(`${fault.name}: ${fault.why}`).to.satisfy((text: string) => text.startsWith(why));
    });
  }

  it("leaves nothing to compute where nothing else is given", async () => {
    expect(await faults(SUM, { values: { axes: [1], x: [1, 2, 3, 4, 5, 6] } })).to.deep.equal([
      { name: "model", op: "", why: "no output depends on the elements of an input: there is nothing to compute" },
    ]);
  });
});

describe("a node that must know values of inputs", () => {
  it("names them, also where they come by way of others, and no others", async () => {
    const nodes = [node("s = Concat(rows, columns)", { axis: 0 }), node("t = Shape(z)"), node("u = Mul(s, t)"), node("y = Reshape(x, u)")];
    const [fault] = await faults(graph(["float x[6]", "float z[1,1]", "int64 rows[1]", "int64 columns[1]"], nodes, ["float y"]));
    expect(fault.inputs).to.deep.equal(["rows", "columns"]);
    expect(fault.why).to.match(/; it depends on the inputs "rows", "columns": bind their values, for example --value rows=\[1\] --value columns=\[1\]$/);
  });

  it("does not name a large one, which nobody writes down", async () => {
    const nodes = [node("m = ReduceMax(x)", { keepdims: 0 }), node("k = Cast(m)", { to: 7 }), node("n = Reshape(k, one)"), node("y, i = TopK(x, n)")];
    const [fault] = await faults(graph(["float x[100]", "float z[1,1]"], [...nodes, node("w = Abs(z)")], ["float y", "float w"], { one: { type: "int64", values: [1] } }));
    expect([fault.op, fault.inputs]).to.deep.equal(["TopK", undefined]);
  });

  it("does not name all inputs that there are, without which there is nothing to compute", async () => {
    const [fault] = await faults(graph(["int64 a[2]"], [node("y = Reshape(a, a)")], ["int64 y"]));
    expect([fault.op, fault.inputs]).to.deep.equal(["Reshape", undefined]);
  });

  it("is asked for a divisor of integers where none can be computed", async () => {
    const [fault] = await faults(graph(["int64 a[2]", "int64 b[2]"], [node("y = Div(a, b)")], ["int64 y"]), {}, 11);
    expect(fault.inputs).to.deep.equal(["b"]);
  });

  it("is taken where what it makes of them is a constant", async () => {
    const given = graph(["float x[4]", "int64 end[]"], [node("r = Range(nil, end, one)"), node("f = Cast(r)", { to: 1 }), node("y = Add(x, f)")], ["float y"], {
      nil: { type: "int64", dims: [], values: [0] },
      one: { type: "int64", dims: [], values: [1] },
    });
    expect((await faults(given))[0].inputs).to.deep.equal(["end"]);
    expect((await compiled(given, { values: { end: 4 } })).ops).to.deep.equal(["Add"]);
  });
});
