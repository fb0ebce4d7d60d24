import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { compile } from "../../../core/compile/compile.ts";
import { LOWERED, LOWERINGS, loweringsOf, takenBy } from "../../../core/compile/lower/index.ts";
import { lower, type LowerOptions } from "../../../core/compile/lower/lower.ts";
import { inPlaceOf, type Lowering } from "../../../core/compile/lower/lowering.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { CompileError } from "../../../core/faults.ts";
import { encodeModel, OPSETS, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { supportedOperators } from "../../../core/operators/index.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { SPECIAL_BITS } from "../../support/floats.ts";
import { graphModel } from "../../support/graph.ts";
import { CANONICAL, toOrt } from "../../support/ort.ts";
import { Random } from "../../support/random.ts";
import { DIVIDING } from "../../support/lowerings/dividing.ts";
import { TAKING } from "../../support/lowerings/taking.ts";

type Graph = Parameters<typeof graphModel>[0];
type Spec = Graph["inputs"][number];

/** Random graphs of every lowering, and nodes that it leaves as they are. */
interface Cases {
  /** The last opset for which the runtime has a kernel. */
  readonly until?: number;
  readonly taken: (random: Random, opset: number) => Omit<Graph, "opset">;
  readonly left: Readonly<Record<string, Graph>>;
}

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 300 : 40;

const of = (name: string, dtype: DType, dims?: readonly number[]): Spec => ({ name, dtype, dims });
const f32 = (name: string, dims?: readonly number[]): Spec => of(name, DType.float32, dims);
const constant = (name: string, dtype: DType, dims: readonly number[], values: readonly number[]) => ({ ...of(name, dtype, dims), raw: bytesOf(dtype, values) });
const y = [f32("y")];

function bytesOf(dtype: DType, values: readonly number[]): Uint8Array {
  if (dtype === DType.int64) return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  if (dtype === DType.int32) return new Uint8Array(Int32Array.from(values).buffer);
  if (dtype === DType.bool) return Uint8Array.from(values);
  return new Uint8Array(Float32Array.from(values).buffer);
}

const shape = (random: Random, least = 1): number[] => [...Array.from({ length: random.int(0, 2) }, () => random.int(1, 3)), random.int(least, 9)];
/** The shape without some of its outer axes, and with ones for some of the others. */
const broadcastable = (random: Random, dims: readonly number[]): number[] => dims.slice(random.int(0, dims.length)).map((dim) => (random.int(0, 2) === 0 ? 1 : dim));

/** Below opset 8 such a node broadcasts nothing. */
function variadic(op: string, random: Random, opset: number, counts = [1, 2, 3, 4, 5, 6, 7]): Omit<Graph, "opset"> {
  const dims = shape(random);
  const inputs = Array.from({ length: random.pick(counts) }, (_, i) => f32(`x${i}`, i === 0 || opset < 8 ? dims : broadcastable(random, dims)));
  return { inputs, constants: [], nodes: [[op, inputs.map(({ name }) => name), "a"], ["Div", ["x0", "a"], "y"]], outputs: y };
}

/** A node of one input, and what shows the sign of a zero in its result. */
const unary = (op: string, types: readonly DType[], random: Random, ...more: readonly string[]): Omit<Graph, "opset"> => {
  const dtype = types[random.int(0, types.length - 1)];
  const dims = shape(random);
  const after = dtype === DType.float32 ? ["Div", ["x", "a"], "y"] as const : ["Mul", ["a", "a"], "y"] as const;
  return { inputs: [of("x", dtype, dims)], constants: [], nodes: [[op, ["x", ...more], "a"], after], outputs: [of("y", dtype)] };
};

/** What becomes of a number that is tested, written out as a number again. */
const tested = (op: string, random: Random, opset: number, attributes: Readonly<Record<string, number>> = {}): Omit<Graph, "opset"> & { opset: number } => ({
  // Below, numbers were not compared for equality.
  opset: Math.max(opset, 11),
  inputs: [of("x", random.chance(0.5) ? DType.float32 : DType.float64, shape(random))],
  constants: [],
  nodes: [[op, ["x"], "a", attributes], ["Cast", ["a"], "y", { to: DType.int32 }]],
  outputs: [of("y", DType.int32)],
});

const splitGraph = (random: Random, opset: number): Omit<Graph, "opset"> => {
  const dtype = [DType.float32, DType.uint8, DType.int32, DType.int64, DType.bool][random.int(0, 4)];
  const dims = shape(random, 4);
  const axis = dims.length - 1;
  const size = dims[axis];
  const count = random.int(1, 4);
  const part = Math.ceil(size / count);
  const isEven = size % count === 0 || (opset >= 18 && part * (count - 1) < size);
  const isStated = !isEven || random.int(0, 1) === 0;
  const cuts = Array.from({ length: count - 1 }, () => random.int(1, size - 1)).sort((a, b) => a - b);
  const sizes = [...cuts, size].map((cut, i) => cut - (cuts[i - 1] ?? 0));
  const names = Array.from({ length: count }, (_, i) => `p${i}`);
  const isInput = isStated && opset >= 13;
  const attributes = { axis: opset >= 11 && random.int(0, 1) === 0 ? -1 : axis, ...(isStated && !isInput && { split: sizes }), ...(!isStated && opset >= 18 && { num_outputs: count }) };
  return {
    inputs: [of("x", dtype, dims)],
    constants: isInput ? [constant("sizes", DType.int64, [count], sizes)] : [],
    nodes: [["Split", ["x", ...(isInput ? ["sizes"] : [])], names, attributes]],
    outputs: names.map((name) => of(name, dtype)),
  };
};

const power = (exponent: Graph["constants"][number], base = f32("x", [2, 3])): Graph => ({
  inputs: [base],
  constants: [exponent],
  nodes: [["Pow", ["x", exponent.name], "y"]],
  outputs: [of("y", base.dtype)],
});
const alone = (op: string, dtype: DType, ...inputs: readonly string[]): Graph => ({
  inputs: [of("x", dtype, [2, 3])],
  constants: [],
  nodes: [[op, ["x", ...inputs], "y"]],
  outputs: [of("y", dtype)],
});

const cases: Readonly<Record<string, Cases>> = {
  ...TAKING,
  ...DIVIDING,
  Identity: {
    taken: (random) => unary("Identity", [DType.float32, DType.int32], random),
    left: { "that names an output of the graph": alone("Identity", DType.float32) },
  },
  Dropout: {
    taken(random, opset) {
      const graph = unary("Dropout", [DType.float32], random);
      const hasMask = opset >= 10 && random.chance(0.5);
      const isStated = opset >= 12 && random.chance(0.6);
      const isTraining = random.chance(0.5);
      const [[op], after] = graph.nodes;
      return {
        ...graph,
        constants: isStated ? [constant("ratio", DType.float32, [], [isTraining ? 0 : 0.5]), constant("mode", DType.bool, [], [Number(isTraining)])] : [],
        nodes: [[op, isStated ? ["x", "ratio", "mode"] : ["x"], hasMask ? ["a", "m"] : "a"], after],
        outputs: hasMask ? [...y, of("m", DType.bool)] : y,
      };
    },
    left: {
      "that names an output of the graph": alone("Dropout", DType.float32),
      "whose mask is read, where the runtime gives it in fractions": { ...alone("Dropout", DType.float32), opset: 9, nodes: [["Dropout", ["x"], ["a", "m"]], ["Relu", ["a"], "y"]], outputs: [...y, f32("m")] },
      "with a mode that drops some": {
        ...alone("Dropout", DType.float32),
        constants: [constant("ratio", DType.float32, [], [0.5]), constant("mode", DType.bool, [], [1])],
        nodes: [["Dropout", ["x", "ratio", "mode"], "a"], ["Relu", ["a"], "y"]],
      },
    },
  },
  Cast: {
    taken(random, opset) {
      const graph = unary("Cast", [DType.float32, DType.int32], random);
      const [[op, inputs, output], after] = graph.nodes;
      return { ...graph, opset, nodes: [[op, inputs, output, { to: graph.inputs[0].dtype }], after] };
    },
    left: { "to another type": { ...alone("Cast", DType.int32), nodes: [["Cast", ["x"], "y", { to: DType.float32 }]], outputs: y } },
  },
  Sum: { taken: (random, opset) => variadic("Sum", random, opset), left: {} },
  ...Object.fromEntries(
    (["Max", "Min"] as const).map((op) => [
      op,
      {
        taken: (random: Random, opset: number) => variadic(op, random, opset, [1, 3, 4, 5, 6, 7]),
        left: { "of two": { inputs: [f32("x", [3]), f32("z", [3])], constants: [], nodes: [[op, ["x", "z"], "y"]], outputs: y } },
      } satisfies Cases,
    ]),
  ),
  Mean: { taken: (random, opset) => variadic("Mean", random, opset), left: { "of float16": alone("Mean", DType.float16) } },
  Neg: {
    taken: (random, opset) => unary("Neg", [DType.float32, DType.float64, DType.int32, DType.int64, ...(opset < 14 ? [] : [DType.int8, DType.int16])], random),
    left: { "of float16": alone("Neg", DType.float16) },
  },
  IsNaN: { taken: (random, opset) => tested("IsNaN", random, opset), left: { "of float16": { ...alone("IsNaN", DType.float16), outputs: [of("y", DType.bool)] } } },
  IsInf: {
    taken: (random, opset) => tested("IsInf", random, opset, { detect_positive: random.int(0, 1), detect_negative: random.int(0, 1) }),
    left: { "of float16": { ...alone("IsInf", DType.float16), opset: 20, outputs: [of("y", DType.bool)] } },
  },
  CastLike: {
    taken(random, opset) {
      const graph = unary("CastLike", [DType.float32, DType.int32], random, "like");
      return { ...graph, opset, constants: [constant("like", graph.inputs[0].dtype, [1], [1])] };
    },
    left: {},
  },
  Reciprocal: { taken: (random) => unary("Reciprocal", [DType.float32], random), left: { "of float64": alone("Reciprocal", DType.float64) } },
  HardSwish: { taken: (random) => unary("HardSwish", [DType.float32], random), left: { "of float16": { ...alone("HardSwish", DType.float16), opset: 14 } } },
  Pow: {
    taken(random, opset) {
      const types = [DType.float32, DType.int32, DType.int64];
      const [base, exponent] = opset < 12 ? [DType.float32, DType.float32] : [types[random.int(0, 2)], types[random.int(0, 2)]];
      const value = random.int(2, 3);
      const ranks = [[], [1]][random.int(0, 1)];
      return power(constant("e", exponent, ranks, [value]), of("x", base, shape(random, 2)));
    },
    left: {
      "with another exponent": power(constant("e", DType.float32, [], [2.5])),
      "with the exponent 1": power(constant("e", DType.float32, [], [1])),
      "with an exponent for every element": power(constant("e", DType.float32, [3], [2, 3, 2])),
      "with a computed exponent": { ...alone("Pow", DType.float32, "x") },
      "whose exponent adds an axis": power(constant("e", DType.float32, [1, 1, 1], [2])),
      "of single bases": power(constant("e", DType.float32, [], [2]), f32("x", [3, 1])),
      "of a scalar": power(constant("e", DType.float32, [], [2]), f32("x", [])),
      "of float64": power(constant("e", DType.float32, [], [2]), of("x", DType.float64, [2, 3])),
    },
  },
  Split: {
    taken: splitGraph,
    left: {
      "into computed sizes": {
        inputs: [f32("x", [6]), of("sizes", DType.int64, [2])],
        constants: [],
        nodes: [["Split", ["x", "sizes"], ["y", "z"], { axis: 0 }]],
        outputs: [...y, f32("z")],
      },
    },
  },
};

/** Elements of a type, special ones among them. */
function drawn({ dtype, dims }: Spec, random: Random): Uint8Array {
  const size = sizeOf(dims!);
  if (dtype === DType.bool) return Uint8Array.from({ length: size }, () => random.int(0, 1));
  if (dtype !== DType.float32) return Uint8Array.from({ length: size * widthOf(dtype) }, () => (random.int(0, 3) === 0 ? [0, 0xff, 0x80, 1][random.int(0, 3)] : random.int(0, 255)));
  const bits = Uint32Array.from({ length: size }, () => (random.int(0, 2) === 0 ? SPECIAL_BITS[random.int(0, SPECIAL_BITS.length - 1)] : random.u32()));
  return new Uint8Array(bits.buffer);
}

/** Every bit of the outputs of the plain runtime, but for those of a NaN: the signs of zeros stand here as they are. */
async function results(file: Uint8Array, inputs: readonly Spec[], values: readonly Uint8Array[]): Promise<string[]> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    const feeds = Object.fromEntries(inputs.map(({ name, dtype, dims }, i) => [name, toOrt({ dtype, dims: dims!, raw: values[i] })]));
    return Object.entries(await session.run(feeds)).map(([name, { data, dims, type }]) => {
      const { buffer, byteOffset, byteLength } = data as Uint8Array;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
      if (type === "float32") new Float32Array(bytes.buffer).forEach((x, i, all) => Number.isNaN(x) && all.fill(NaN, i, i + 1));
      if (type === "float64") new Float64Array(bytes.buffer).forEach((x, i, all) => Number.isNaN(x) && all.fill(NaN, i, i + 1));
      return `${name} ${type} [${dims.join()}] ${Buffer.from(bytes).toString("hex")}`;
    });
  } finally {
    await session.release();
  }
}

const typesOf = (model: OnnxModel) => valueTypes(model, ortRuntime);
const operatorsOf = (file: Uint8Array): string[] => parseModel(file).graph.node.map(({ opType }) => opType);

/** The model with its nodes lowered; undefined where none was. */
async function lowered(file: Uint8Array, options: LowerOptions = {}): Promise<Uint8Array | undefined> {
  const model = parseModel(file);
  return (await lower(model, await typesOf(parseModel(file)), typesOf, options)) ? encodeModel(model) : undefined;
}

async function faultsOf(file: Uint8Array): Promise<string> {
  const error: unknown = await compile(file, { runtime: ortRuntime, form: "source" }).catch((e: unknown) => e);
  return error instanceof CompileError ? error.message : "none";
}

/** Those of standard operators that keep every bit; the others have tests of their own. */
const KEEPING = loweringsOf("source").filter(({ domain }) => domain === undefined);
const NAMES = new Set(KEEPING.flatMap(({ onnx }) => Object.keys(onnx)));

describe("the table of lowerings", () => {
  it("takes every operator once, with every bit kept or not, and names what it writes", () => {
    const taken = LOWERINGS.flatMap((lowering) => takenBy(lowering).map((op) => `${op} ${"keeps" in lowering}`));
    expect(new Set(taken)).to.have.property("size", taken.length);
    expect(new Set(LOWERINGS.flatMap(takenBy))).to.deep.equal(new Set(LOWERED.keys()));
    expect([...NAMES].sort()).to.deep.equal(Object.keys(cases).sort());
    for (const { into } of LOWERINGS) for (const op of into) expect(supportedOperators.has(op) || LOWERED.has(op), op).to.equal(true);
  });

  it("ends: no operator is written in terms of itself, by whatever way", () => {
    // One that writes its own operator leaves what it writes: the random graphs below show it.
    const into = (op: string, path: readonly string[]): void => {
      expect(path).to.not.include(op);
      for (const lowering of LOWERINGS.filter((each) => takenBy(each).includes(op)))
        for (const next of lowering.into) if (next !== op || lowering.where === undefined) into(next, [...path, op]);
    };
    for (const op of LOWERED.keys()) into(op, []);
  });

  for (const [number, lowering] of KEEPING.entries())
    for (const [op, { since }] of Object.entries(lowering.onnx)) {
      it(`${op}: computes every bit of what it stands for, in ${CASES} random graphs of every opset`, async function () {
        this.timeout(60_000 + CASES * 500);
        const random = new Random(700 + number);
        for (let n = 0; n < CASES; n++) {
          const opset = random.int(Math.max(since, OPSETS.min), cases[op].until ?? OPSETS.max);
          const graph = { opset, ...cases[op].taken(random, opset) };
          const about = JSON.stringify(graph, (key, value: unknown) => (key === "raw" ? undefined : value));
          const file = graphModel(graph);
          const written = (await lowered(file))!;
          expect(written, about).to.not.equal(undefined);
          expect(await lowered(file), about).to.deep.equal(written);
          const others = operatorsOf(file).filter((each) => each !== op);
          for (const each of operatorsOf(written)) expect(others.includes(each) || !NAMES.has(each) || lowering.into.includes(each), `${each}: ${about}`).to.equal(true);
          expect(await lowered(written), about).to.equal(undefined);
          const values = graph.inputs.map((spec) => drawn(spec, random));
          expect(await results(written, graph.inputs, values), about).to.deep.equal(await results(file, graph.inputs, values));
        }
      });

      for (const [what, graph] of Object.entries(cases[op].left))
        it(`${op} ${what} is left as it is`, async () => {
          expect(await lowered(graphModel(graph))).to.equal(undefined);
        });
    }

  for (const [op, { taken, until = OPSETS.max }] of Object.entries(cases))
    it(`${op} is compiled without a difference`, async () => {
      const random = new Random(1);
      const opset = Math.min(until, Math.max(13, LOWERED.get(op)!.since));
      const drawn = Array.from({ length: 50 }, () => ({ ...taken(random, opset), opset }));
      const floats = drawn.filter(({ inputs }) => inputs[0].dtype === DType.float32);
      const graph = floats.find(({ nodes }) => nodes[0][1].length !== 3) ?? floats[0] ?? drawn[0];
      const { program, differences } = await compile(graphModel(graph), { runtime: ortRuntime });
      expect(differences).to.deep.equal([]);
      for (const node of program.nodes) expect(supportedOperators.has(node.op), node.op).to.equal(true);
    });

  it("says of a node that it leaves what would have been taken", async () => {
    expect(await faultsOf(graphModel(cases.Pow.left["with another exponent"]))).to.match(/^y \(Pow\): the operator is supported only where its base is .* exponent one constant, 2 or 3; or in portable form, where /);
  });
});

describe("lowering a model", () => {
  const sums: Graph = {
    inputs: [f32("x", [3]), f32("a/sum1", [3])],
    constants: [],
    nodes: [["Sum", ["x", "x", "a/sum1"], "a"], ["Relu", ["a"], "a/sum1_2"], ["Sum", ["a"], "b"], ["Mean", ["b", "a/sum1_2"], "y"]],
    outputs: y,
  };

  it("gives new values names that are not taken, and lowers again what it wrote", async () => {
    const file = graphModel(sums);
    const written = (await lowered(file))!;
    const nodes = parseModel(written).graph.node.map(({ opType, input, output }) => `${opType} ${input.join(" ")} > ${output.join()}`);
    expect(nodes).to.deep.equal([
      "Add x x > a/sum1_3",
      "Add a/sum1_3 a/sum1 > a",
      "Relu a > a/sum1_2",
      "Add a a/sum1_2 > y/sum",
      "Mul y/sum y/share > y",
    ]);
    const values = sums.inputs.map((spec) => drawn(spec, new Random(2)));
    expect(await results(written, sums.inputs, values)).to.deep.equal(await results(file, sums.inputs, values));
  });

  /** Made up: of an inference it keeps the part above zero. */
  const softening: Lowering = {
    onnx: { Softplus: { since: 1, shapedBy: "shapes" } },
    into: ["Relu"],
    difference: "portable",
    rewrite: ({ node }) => ({ nodes: [inPlaceOf(node, "Relu", node.input)] }),
  };

  it("changes results only in the portable form", async () => {
    const file = graphModel(alone("Softplus", DType.float32));
    expect(await lowered(file, { table: [softening] })).to.equal(undefined);
    expect(operatorsOf((await lowered(file, { table: [softening], form: "portable" }))!)).to.deep.equal(["Relu"]);
  });

  it("refuses a table that never ends", async () => {
    const back: Lowering = { ...softening, onnx: { Relu: { since: 1, shapedBy: "shapes" } }, into: ["Softplus"], rewrite: ({ node }) => ({ nodes: [inPlaceOf(node, "Softplus", node.input)] }) };
    const run = lowered(graphModel(alone("Relu", DType.float32)), { table: [softening, back], form: "portable" });
    expect(String(await run.catch((error: unknown) => error))).to.include("the table of lowerings has a circle");
  });

  it("leaves to the reader of a node what cannot be read of it", async () => {
    const broken: Graph = { inputs: [f32("x", [4])], constants: [], nodes: [["Split", ["x"], ["y", "z"], { axis: 0 }]], outputs: [...y, f32("z")], opset: 11 };
    const model = parseModel(graphModel(broken));
    const types = await typesOf(model);
    model.graph.node[0].attribute.push(model.graph.node[0].attribute[0]);
    expect(await lower(model, types, typesOf, {})).to.equal(false);
  });
});
