import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { CompileError } from "../../../core/faults.ts";
import type { GraphProto } from "../../../core/onnx/onnx_pb.js";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graph, model, node, type Constant, type ModelOptions } from "../../support/nestedModel.ts";

const YES: Constant = { type: "bool", dims: [], values: [1] };
const NO: Constant = { type: "bool", dims: [], values: [0] };
const count = (value: number): Constant => ({ type: "int64", dims: [], values: [value] });
const numbers = (...values: number[]): Constant => ({ type: "float", values });

/** The operators of the program, once its results are found to be those of the file, bit for bit. */
async function operators(given: GraphProto, { dims, ...options }: ModelOptions & { dims?: Record<string, number> } = {}): Promise<string[]> {
  const { program, differences } = await compile(model(given, options), { runtime: ortRuntime, dims });
  expect(differences).to.deep.equal([]);
  return program.nodes.map(({ op }) => op);
}

async function faults(given: GraphProto, options: ModelOptions = {}): Promise<string> {
  const error: unknown = await compile(model(given, options), { runtime: ortRuntime }).catch((e: unknown) => e);
  return error instanceof CompileError ? error.message : `none: ${String(error)}`;
}

describe("an If with a known condition", () => {
  const branches = (yes: GraphProto, no: GraphProto) => ({ then_branch: { graph: yes }, else_branch: { graph: no } });
  const either = branches(graph([], [node("r = Relu(x)")], ["float r"]), graph([], [node("r = Abs(x)")], ["float r"]));

  for (const [name, condition, taken] of [["true", YES, "Relu"], ["false", NO, "Abs"]] as const)
    it(`becomes the branch for ${name}`, async () => {
      expect(await operators(graph(["float x[3]"], [node("y = If(c)", either)], ["float y"], { c: condition }))).to.deep.equal([taken]);
    });

  it("that follows from bound sizes", async () => {
    const nodes = [node("s = Shape(x)"), node("n = Gather(s, zero)"), node("c = Equal(n, three)"), node("a = If(c)", either), node("y = Sqrt(a)")];
    const given = graph(["float x[n]"], nodes, ["float y"], { zero: count(0), three: count(3) });
    expect(await operators(given, { dims: { n: 3 } })).to.deep.equal(["Relu", "Sqrt"]);
    expect(await operators(given, { dims: { n: 4 } })).to.deep.equal(["Abs", "Sqrt"]);
  });

  it("in another, with names that both use, and with constants of its own", async () => {
    const inner = branches(graph([], [node("t = Add(s, k)"), node("r = Mul(t, x)")], ["float r"], { k: numbers(2) }), graph([], [node("r = Identity(s)")], ["float r"]));
    const outer = branches(graph([], [node("s = Relu(x)"), node("c = Not(off)"), node("q = If(c)", inner)], ["float q"]), graph([], [node("q = Neg(x)")], ["float q"]));
    const other = branches(graph([], [node("s = Sqrt(x)"), node("t = Sub(s, k)"), node("q = Relu(t)")], ["float q"], { k: numbers(3) }), graph([], [node("q = Neg(x)")], ["float q"]));
    const nodes = [node("a = If(on)", outer), node("b = If(on)", other), node("y = Sub(a, b)"), node("z = Mul(a, b)")];
    expect(await operators(graph(["float x[3]"], nodes, ["float y", "float z"], { on: YES, off: NO }))).to.have.members(["Relu", "Add", "Mul", "Sqrt", "Sub", "Relu", "Sub", "Mul"]);
  });

  it("of several outputs, some of which are inputs or read by nobody", async () => {
    const two = branches(graph([], [node("p = Relu(x)"), node("q = Identity(x)"), node("u = Abs(x)")], ["float p", "float q", "float u"]), graph([], [node("p = Abs(x)"), node("q = Neg(x)"), node("u = Abs(x)")], ["float p", "float q", "float u"]));
    expect(await operators(graph(["float x[3]"], [node("a, b, u = If(c)", two), node("y = Sub(a, b)")], ["float y", "float b"], { c: YES }))).to.have.members(["Relu", "Sub", "Identity"]);
  });
});

describe("an If whose condition is computed", () => {
  const branches = (yes: GraphProto, no: GraphProto) => ({ then_branch: { graph: yes }, else_branch: { graph: no } });
  const sum = node("s = ReduceSum(x)", { keepdims: 0 });
  const positive = [sum, node("c = Greater(s, nil)")];
  const nil = { nil: { type: "float", dims: [], values: [0] } } as const;

  /** What became of the file, once its results are found to be those of the canonical file on these numbers for x, bit for bit. */
  async function compiled(given: GraphProto, runs: readonly (readonly number[])[], dims: Record<string, number> = {}) {
    const samples = () => runs.map((values) => [new Uint8Array(Float32Array.from(values).buffer)]);
    const { program, differences, origin } = await compile(model(given), { runtime: ortRuntime, dims, samples });
    expect(differences).to.deep.equal([]);
    return { ops: program.nodes.map(({ op }) => op), settled: origin.settled };
  }

  it("becomes both branches and a choice, in which nothing is left of what is not chosen", async () => {
    const either = branches(graph([], [node("r = Sqrt(x)"), node("p = Abs(x)")], ["float r", "float p"]), graph([], [node("q = Sub(nil, x)"), node("r = Sqrt(q)")], ["float r", "float q"]));
    const given = graph(["float x[2]"], [...positive, node("y, z = If(c)", either)], ["float y", "float z"], nil);
    const { ops, settled } = await compiled(given, [[4, 9], [-4, -9], [Infinity, 1], [-Infinity, 1], [NaN, 1]]);
    expect(ops.filter((op) => op === "Where")).to.have.length(2);
    expect(settled).to.deep.equal([]);
  });

  it("of more axes than its branches' results", async () => {
    const either = branches(graph([], [node("r = Sqrt(s)")], ["float r"]), graph([], [node("r = Abs(s)")], ["float r"]));
    const nodes = [sum, node("t = Reshape(s, shape)"), node("c = Greater(t, nil)"), node("a = If(c)", either), node("y = Add(x, a)")];
    const given = graph(["float x[2]"], nodes, ["float y", "float a"], { ...nil, shape: { type: "int64", values: [1, 1] } });
    expect((await compiled(given, [[4, 12], [-4, -9]])).ops).to.include.members(["Where", "Squeeze"]);
  });

  it("in a branch of another", async () => {
    const inner = branches(graph([], [node("v = Relu(x)")], ["float v"]), graph([], [node("v = Abs(x)")], ["float v"]));
    const outer = branches(graph([], [node("d = Greater(s, ten)"), node("w = If(d)", inner)], ["float w"]), graph([], [node("w = Sub(nil, x)")], ["float w"]));
    const given = graph(["float x[2]"], [...positive, node("y = If(c)", outer)], ["float y"], { ...nil, ten: { type: "float", dims: [], values: [10] } });
    expect((await compiled(given, [[4, -1], [-4, 3], [20, -1]])).ops.filter((op) => op === "Where")).to.have.length(2);
  });

  it("becomes one branch where no run completes the other at the bound sizes, and says so", async () => {
    const weights = (rows: number): Constant => ({ type: "float", dims: [rows, 2], values: new Array<number>(2 * rows).fill(rows) });
    const either = branches(graph([], [node("r = MatMul(x, three)")], ["float r"]), graph([], [node("r = MatMul(x, four)")], ["float r"]));
    const given = graph(["float x[n]"], [...positive, node("y = If(c)", either, "choice")], ["float y"], { ...nil, three: weights(3), four: weights(4) });
    const [three, four] = [await compiled(given, [[1, 2, 3], [-1, -2, -3]], { n: 3 }), await compiled(given, [[1, 2, 3, 4], [-1, -2, -3, -4]], { n: 4 })];
    expect([three.ops, four.ops]).to.deep.equal([["MatMul"], ["MatMul"]]);
    expect([three, four].map(({ settled }) => settled.map(({ name, isThen }) => [name, isThen]))).to.deep.equal([[["choice", true]], [["choice", false]]]);
    expect(three.settled[0].why).to.match(/^at these sizes no run of the file that takes its else_branch has a result \(.*\): the program computes its then_branch, whatever the condition says$/);
    // What is left out of a branch that is left out itself is not told.
    const inner = branches(graph([], [node("q = MatMul(x, three)")], ["float q"]), graph([], [node("q = MatMul(x, four)")], ["float q"]));
    const outer = branches(graph([], [node("q = MatMul(x, three)")], ["float q"]), graph([], [node("d = Less(s, nil)"), node("v = If(d)", inner, "inner"), node("u = MatMul(x, four)"), node("q = Add(u, v)")], ["float q"]));
    const nested = await compiled(graph(["float x[n]"], [...positive, node("y = If(c)", outer, "choice")], ["float y"], { ...nil, three: weights(3), four: weights(4) }), [[1, 2, 3]], { n: 3 });
    expect(nested.settled.map(({ name }) => name)).to.deep.equal(["choice"]);
    const neither = graph(["float x[5]"], [...positive, node("y = If(c)", either, "choice")], ["float y"], { ...nil, three: weights(3), four: weights(4) });
    expect(await faults(neither)).to.match(/^choice \(If\): the runtime computes neither of its branches at these sizes/);
  });

  it("is refused in opsets without Where", async () => {
    const either = branches(graph([], [node("r = Relu(x)")], ["float r"]), graph([], [node("r = Abs(x)")], ["float r"]));
    const given = graph(["float x[2]", "bool c[]"], [node("y = If(c)", either, "choice")], ["float y"]);
    expect(await faults(given, { opset: 8 })).to.match(/^choice \(If\): its condition is computed from the model's inputs, and there is no Where before opset 9: convert the model to a later opset; it depends on the input "c"/);
  });

  it("is refused where a branch fails by the values of integers alone, and may go right", async () => {
    const either = branches(graph([], [node("j = Add(i, two)"), node("r = Gather(x, j)")], ["float r"]), graph([], [node("r = Identity(s)")], ["float r"]));
    const given = graph(["float x[2]", "int64 i[]"], [...positive, node("y = If(c)", either, "choice")], ["float y"], { ...nil, two: count(2) });
    const uncertain = /^choice \(If\): its condition is computed from the model's inputs, and its then_branch is computed at these sizes on some values and on others not/m;
    expect(await faults(given)).to.match(uncertain);
    const cast = branches(graph([], [node("k = Cast(s)", { to: 7 }), node("j = Add(k, two)"), node("r = Gather(x, j)")], ["float r"]), graph([], [node("r = Identity(s)")], ["float r"]));
    expect(await faults(graph(["float x[2]"], [...positive, node("y = If(c)", cast, "choice")], ["float y"], { ...nil, two: count(2) }))).to.match(uncertain);
  });

  it("is refused where its branches give other shapes, with the input that it depends on and what else is wrong", async () => {
    const either = branches(graph([], [node("r = Relu(x)")], ["float r"]), graph([], [node("r = ReduceSum(x)")], ["float r"]));
    const nodes = [node("k = Equal(rate, eight)"), node("a = If(k)", either, "choice"), node("y = NonZero(a)", {}, "odd")];
    const why = await faults(graph(["float x[3]", "int64 rate[]"], nodes, ["int64 y"], { eight: count(8) }));
    expect(why).to.match(/^choice \(If\): its condition is computed from the model's inputs, and its branches give no tensors of one type and shape: output 1 is float32 \[3\] or float32 \[1\]; it depends on the input "rate": bind its value, for example --value rate=1$/m);
    expect(why).to.match(/^odd \(NonZero\): the size of its output depends on the data/m);
  });
});

describe("a Loop with a known number of steps", () => {
  const body = (nodes: Parameters<typeof graph>[1], outputs: readonly string[], states: readonly string[] = ["float s[2]"], constants = {}) =>
    ({ body: { graph: graph(["int64 i[]", "bool c[]", ...states], nodes, outputs, constants) } });
  const adding = body([node("d = Identity(c)"), node("t = Add(s, k)"), node("u = Mul(t, x)")], ["bool d", "float t", "float u"], ["float s[2]"], { k: numbers(1, 2) });

  it("becomes its body that many times", async () => {
    const given = graph(["float x[2]"], [node("y, z = Loop(n, on, x)", adding)], ["float y", "float z"], { n: count(3), on: YES });
    expect(await operators(given)).to.have.members(["Add", "Mul", "Unsqueeze", "Add", "Mul", "Unsqueeze", "Add", "Mul", "Unsqueeze", "Concat", "Identity"]);
  });

  it("more than one tensor takes of inputs", async () => {
    const ops = await operators(graph(["float x[2]"], [node("y, z = Loop(n, , x)", adding)], ["float z"], { n: count(35) }));
    expect(ops.filter((op) => op === "Concat")).to.have.length(4);
  });

  it("without a count, as long as its condition is known", async () => {
    const counting = body([node("j = Add(i, one)"), node("d = Less(j, four)"), node("e = Gather(x, i)"), node("t = Add(s, e)")], ["bool d", "float t"]);
    const given = graph(["float x[9]", "float a[2]"], [node("y = Loop(n, on, a)", counting)], ["float y"], { n: { type: "int64", dims: [], values: [Number.MAX_SAFE_INTEGER] }, on: YES, one: count(1), four: count(4) });
    expect((await operators(given)).filter((op) => op === "Add")).to.have.length(4);
  });

  it("of no steps hands on what it begins with", async () => {
    expect(await operators(graph(["float x[2]"], [node("a, z = Loop(n, , x)", adding), node("y = Relu(a)")], ["float y"], { n: count(0) }))).to.deep.equal(["Relu"]);
    expect(await operators(graph(["float x[2]"], [node("a, z = Loop(n, off, x)", adding), node("y = Relu(a)")], ["float y"], { n: count(5), off: NO }))).to.deep.equal(["Relu"]);
  });

  it("in another, and with a branch in it", async () => {
    const inner = body([node("d = Identity(c)"), node("t = Mul(s, p)")], ["bool d", "float t"], ["float s[2]"]);
    const branch = { then_branch: { graph: graph([], [node("r = Sub(q, x)")], ["float r"]) }, else_branch: { graph: graph([], [node("r = Relu(q)")], ["float r"]) } };
    const outer = { body: { graph: graph(["int64 o[]", "bool b[]", "float p[2]"], [node("f = Identity(b)"), node("q = Loop(two, , p)", inner), node("first = Equal(o, nil)"), node("v = If(first)", branch)], ["bool f", "float v"]) } };
    const given = graph(["float x[2]"], [node("y = Loop(three, , x)", outer)], ["float y"], { two: count(2), three: count(3), nil: count(0) });
    const ops = await operators(given);
    expect(ops.filter((op) => op === "Mul")).to.have.length(6);
    expect(ops.filter((op) => op === "Sub")).to.have.length(1);
    expect(ops.filter((op) => op === "Relu")).to.have.length(2);
  });

  it("is refused where the number is computed, or more than there is room for", async () => {
    expect(await faults(graph(["float x[2]", "int64 n[]"], [node("y, z = Loop(n, , x)", adding, "again")], ["float y"]))).to.match(/^again \(Loop\): the number of its steps is computed/);
    expect(await faults(graph(["float x[2]"], [node("y, z = Loop(n, , x)", adding, "again")], ["float y"], { n: count(9000) }))).to.match(/^again \(Loop\): .* more than 16384 nodes$/);
    const until = body([node("m = ReduceSum(s)", { keepdims: 0 }), node("d = Less(m, big)"), node("t = Add(s, s)")], ["bool d", "float t"]);
    const given = graph(["float x[2]"], [node("y = Loop(n, , x)", until, "again")], ["float y"], { n: count(9), big: { type: "float", dims: [], values: [100] } });
    expect(await faults(given)).to.match(/^again \(Loop\): whether it goes on after 1 steps is computed/);
  });

  it("is refused where what it collects is empty", async () => {
    expect(await faults(graph(["float x[2]"], [node("y, z = Loop(n, , x)", adding, "again")], ["float y", "float z"], { n: count(0) }))).to.equal("again (Loop): one of its results is empty");
  });
});

describe("a Scan over a known length", () => {
  const summing = { graph: graph(["float s[2]", "float e[2]", "float f[2]"], [node("g = Mul(e, f)"), node("t = Add(s, g)"), node("u = Mul(t, t)")], ["float t", "float u"]) };

  it("becomes its body that many times, along any axes and backwards", async () => {
    const attributes = { body: summing, num_scan_inputs: 2, scan_input_axes: [1, -1], scan_input_directions: [1, 0], scan_output_axes: [1], scan_output_directions: [1] };
    const given = graph(["float a[2]", "float x[2,4]", "float w[2,4]"], [node("y, z = Scan(a, x, w)", attributes)], ["float y", "float z"]);
    expect((await operators(given)).filter((op) => op === "Add")).to.have.length(4);
  });

  it("of a batch, in opset 8", async () => {
    const given = graph(["float a[3,2]", "float x[3,4,2]", "float w[3,4,2]"], [node("y, z = Scan(, a, x, w)", { body: summing, num_scan_inputs: 2, directions: [0, 1] })], ["float y", "float z"]);
    expect((await operators(given, { opset: 8 })).filter((op) => op === "Add")).to.have.length(12);
  });
});

describe("sequences of tensors in known places", () => {
  it("are collected in a loop and joined", async () => {
    const insert = { body: { graph: graph(["int64 i[]", "bool c[]"], [], []) } };
    insert.body.graph = graph(["int64 i[]", "bool c[]", "float s"], [node("d = Identity(c)"), node("e = Gather(x, i)"), node("t = SequenceInsert(s, e)")], ["bool d", "float t"]);
    for (const each of [insert.body.graph.input[2], insert.body.graph.output[1]]) {
      each.type!.value = { case: "sequenceType", value: { $typeName: "onnx.TypeProto.Sequence", elemType: { $typeName: "onnx.TypeProto", denotation: "", value: { case: "tensorType", value: { $typeName: "onnx.TypeProto.Tensor", elemType: 1 } } } } };
    }
    const nodes = [node("none = SequenceEmpty()", { dtype: 1 }), node("all = Loop(n, , none)", insert), node("y = ConcatFromSequence(all)", { axis: 0, new_axis: 1 })];
    expect((await operators(graph(["float x[4,3]"], nodes, ["float y"], { n: count(3) }))).at(-1)).to.equal("Concat");
  });

  it("are made, taken apart and counted", async () => {
    const nodes = [
      node("parts = SplitToSequence(x, two)", { axis: 1 }), node("rows = SplitToSequence(x)", { axis: 0, keepdims: 0 }),
      node("a = SequenceAt(parts, last)"), node("b = SequenceAt(rows, nil)"), node("fewer = SequenceErase(parts, nil)"), node("more = SequenceInsert(fewer, a, nil)"),
      node("c = ConcatFromSequence(more)", { axis: 1 }), node("length = SequenceLength(more)"), node("at = Sub(length, one)"), node("h = Gather(x, at)"), node("d = Abs(h)"),
      node("some = Optional(b)"), node("has = OptionalHasElement(some)"), node("e = OptionalGetElement(some)"), node("f = If(has)", { then_branch: { graph: graph([], [node("k = Relu(e)")], ["float k"]) }, else_branch: { graph: graph([], [node("k = Abs(b)")], ["float k"]) } }),
      node("pair = SequenceConstruct(d, e)"), node("doubled = SequenceMap(pair, f)", { body: { graph: graph(["float p", "float q"], [node("r = Add(p, q)")], ["float r"]) } }), node("g = SequenceAt(doubled, nil)"),
    ];
    const ops = await operators(graph(["float x[3,5]"], nodes, ["float c", "float g"], { two: count(2), last: count(-1), nil: count(0), one: count(1) }), { opset: 18 });
    expect(ops).to.include.members(["Slice", "Concat", "Add"]);
  });

  it("are refused where places are computed, or one is given out", async () => {
    const nodes = [node("pair = SequenceConstruct(x, x)"), node("y = SequenceAt(pair, i)", {}, "pick")];
    expect(await faults(graph(["float x[3]", "int64 i[]"], nodes, ["float y"]))).to.match(/^pick \(SequenceAt\): the place that it names in its sequence is computed/);
    expect(await faults(graph(["float x[2,2]"], [node("y = SplitToSequence(x)"), node("z = Relu(x)")], ["float y", "float z"]))).to.equal("y: the output is a sequence of tensors: those of a program are tensors");
    const given = graph(["float x[2]"], [node("y = SequenceAt(x, i)", {}, "pick")], ["float y"], { i: count(0) });
    given.input[0].type!.value = { case: "sequenceType", value: { $typeName: "onnx.TypeProto.Sequence", elemType: given.input[0].type!.value.case === "tensorType" ? { $typeName: "onnx.TypeProto", denotation: "", value: given.input[0].type!.value } : undefined } };
    expect(await faults(given)).to.equal("x: the input is a sequence: those of a program are tensors");
  });

  it("and damaged nodes are refused by name", async () => {
    for (const [damaged, why] of [
      [node("y = If()", {}, "odd"), "it has 0 inputs, where 1 is the least"],
      [node("y = If(c)", {}, "odd"), "it has no branch for its condition"],
      [node("y = Loop(n, c, x)", { body: { graph: graph(["int64 i[]", "bool d[]"], [node("e = Identity(d)")], ["bool e"]) } }, "odd"), "its body takes 2 inputs, where 3 are given"],
      [node("y = Loop(n, c)", { body: { graph: graph(["int64 i[]", "bool d[]"], [node("e = Identity(d)")], ["bool e"]) } }, "odd"), "one of its results is empty"],
      [node("y = Loop(n, c, x)", { body: { graph: graph(["int64 i[]", "bool d[]", "float s"], [node("e = Identity(d)")], ["bool e"]) } }, "odd"), 'nothing gives its output "y"'],
      [node("y = Scan(x)", { body: { graph: graph([], [], []) }, num_scan_inputs: 2 }, "odd"), "it goes over 2 of its 1 inputs"],
      [node("y = SequenceInsert(x)", {}, "odd"), "it has 1 inputs, where 2 is the least"],
    ] as const) {
      expect(await faults(graph(["float x[2]"], [damaged], ["float y"], { n: count(1), c: YES }))).to.equal(`odd (${damaged.opType}): ${why}`);
    }
  });
});

describe("functions of a file", () => {
  const scaled = {
    name: "Scaled", domain: "own", input: ["a", "b"], output: ["r", "t"], attribute: ["by"], opsetImport: [{ domain: "", version: 17n }],
    node: [node("t = LeakyRelu(a)", { alpha: { ref: "by", type: 1 } }), node("r = Add(t, b)")],
  };

  it("stand in the place of their calls, with names and attributes of their own", async () => {
    const nodes = [node("t, u = own.Scaled(x, x)", { by: { float: 0.5 } }), node("y, w = own.Scaled(t, u)"), node("z = Sub(u, w)")];
    const ops = await operators(graph(["float x[3]"], nodes, ["float y", "float z"]), { functions: [scaled], domains: ["own"] });
    expect(ops).to.have.members(["LeakyRelu", "Add", "LeakyRelu", "Add", "Sub"]);
  });

  it("that call others, with branches that use the caller's names", async () => {
    const branch = { then_branch: { graph: graph([], [node("x = Relu(p)"), node("q = Add(x, p)")], ["float q"]) }, else_branch: { graph: graph([], [node("q = Neg(p)")], ["float q"]) } };
    const twice = {
      name: "Twice", domain: "own", input: ["p"], output: ["v"], opsetImport: [{ domain: "", version: 17n }, { domain: "own", version: 1n }],
      node: [node("c = Constant()", { value: { tensor: { type: "bool", dims: [], values: [1] } } }), node("w = If(c)", branch), node("v, o = own.Scaled(w, p)", { by: { float: 0.25 } })],
    };
    const ops = await operators(graph(["float x[3]"], [node("y = own.Twice(x)")], ["float y"]), { functions: [scaled, twice], domains: ["own"] });
    expect(ops).to.have.members(["Relu", "Add", "LeakyRelu", "Add"]);
  });

  it("that call themselves are refused", async () => {
    const endless = { name: "Endless", domain: "own", input: ["a"], output: ["r"], opsetImport: [{ domain: "", version: 17n }, { domain: "own", version: 1n }], node: [node("r = own.Endless(a)")] };
    expect(await faults(graph(["float x[3]"], [node("y = own.Endless(x)", {}, "call")], ["float y"]), { functions: [endless], domains: ["own"] })).to.equal("call (Endless): the function Endless calls itself");
  });
});
