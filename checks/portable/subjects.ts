/** What every host runs: the shipped models, and small ones made with seeded weights. */
import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { trialInputs } from "../../core/compile/trials.ts";
import { CompileError } from "../../core/faults.ts";
import type { Runtime } from "../../core/runtime.ts";
import { isDType } from "../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { modelNames, readModel } from "../../models/digits.ts";
import { convolutions } from "../bench/models.ts";
import { Graph } from "../bench/networks/graph.ts";
import { NETWORKS } from "../bench/networks/index.ts";
import { attention, linear } from "../bench/networks/transformer.ts";

/** A file, and the version that it becomes. */
export interface Subject {
  readonly name: string;
  /** What is run: the canonical file of the version, or the file as it is where the compiler does not take it. */
  readonly file: Uint8Array;
  readonly version: CompiledModel | undefined;
  readonly inputs: readonly TensorSpec[];
  /** Row-major bytes of the graph inputs, run by run. */
  readonly runs: readonly (readonly Uint8Array[])[];
}

interface Source {
  readonly name: string;
  readonly file: () => Uint8Array;
}

/** Kinds of inputs: ordinary numbers, and numbers over sixty powers of two. */
const TRIALS = [0, 3];

/** Functions of one number, each on a tensor that ends within a vector of every width. */
const FUNCTIONS = ["Exp", "Tanh", "Sigmoid", "Erf", "Gelu", "HardSwish", "Sqrt", "Relu"];

function functions(): Uint8Array {
  const graph = new Graph(20);
  const made = FUNCTIONS.map((op) => graph.node(op, ["x"]));
  return graph.model("x", [3, 331], made.reduce((sum, value) => graph.node("Add", [sum, value])));
}

/** Sums and means over the last axis and over a middle one, and a normalisation. */
function reductions(): Uint8Array {
  const graph = new Graph(17);
  const [last, middle] = [[-1], [1]].map((axes) => graph.node("ReduceMean", ["x"], { axes, keepdims: 1 }));
  const shares = graph.node("Softmax", [graph.node("Add", ["x", middle])], { axis: -1 });
  return graph.model("x", [2, 37, 53], graph.node("Add", [shares, last]));
}

/** Columns of a constant matrix of equal numbers: a product with it is a sum; one column alone would take another kernel. */
const COLUMNS = 16;

/** A layer norm as products, differences and a quotient: nothing in it adds in an order of its own. */
function plainLayerNorm(graph: Graph, x: string, width: number): string {
  const share = graph.floats([width, COLUMNS], new Float32Array(width * COLUMNS).fill(1 / width));
  const mean = (of: string) => graph.node("Slice", [graph.node("MatMul", [of, share]), graph.integers(0), graph.integers(1), graph.integers(-1)]);
  const apart = graph.node("Sub", [x, mean(x)]);
  const deviation = graph.node("Sqrt", [graph.node("Add", [mean(graph.node("Mul", [apart, apart])), graph.scalar(1e-5)])]);
  const scaled = graph.node("Mul", [graph.node("Div", [apart, deviation]), graph.normal([width], 0.1, 1)]);
  return graph.node("Add", [scaled, graph.normal([width], 0.1)]);
}

/** Attention and a feed-forward half whose normalisations and exponentials are written in terms of plain operators. */
function plainTransformer(): Uint8Array {
  const [width, tokens, heads] = [32, 24, 2];
  const graph = new Graph(17);
  const softmax = (x: string) => {
    const powers = graph.node("Exp", [graph.node("Sub", [x, graph.node("ReduceMax", [x], { axes: [-1], keepdims: 1 })])]);
    const ones = graph.floats([tokens, COLUMNS], new Float32Array(tokens * COLUMNS).fill(1));
    const sum = graph.node("Slice", [graph.node("MatMul", [powers, ones]), graph.integers(0), graph.integers(1), graph.integers(-1)]);
    return graph.node("Div", [powers, sum]);
  };
  const attended = attention(graph, "x", { layers: 1, width, heads, inner: 64 }, undefined, softmax);
  const normed = plainLayerNorm(graph, graph.node("Add", ["x", attended]), width);
  const share = graph.node("Add", [graph.node("Erf", [linear(graph, normed, width, 64)]), graph.scalar(1)]);
  return graph.model("x", [1, tokens, width], plainLayerNorm(graph, linear(graph, share, 64, width), width));
}

export const SOURCES: readonly Source[] = [
  ...modelNames.map((name) => ({ name, file: () => readModel(name) })),
  ...NETWORKS.map(({ name, small }) => ({ name: `${name} (small)`, file: small })),
  { name: "convolutions in int8", file: () => convolutions("int8", 5, 9, [{ filters: 8, kernel: 3 }, { filters: 6, kernel: 1 }]) },
  { name: "convolutions in float32", file: () => convolutions("float32", 17, 13, [{ filters: 33, kernel: 3 }, { filters: 6, kernel: 5 }]) },
  { name: "transformer in plain operators", file: plainTransformer },
  { name: "functions", file: functions },
  { name: "reductions", file: reductions },
];

/** Compiles a source on this host, and draws its inputs. */
export async function prepare({ name, file }: Source, runtime: Runtime): Promise<Subject> {
  const source = file();
  const version = await compile(source, { runtime }).catch((error: unknown) => {
    if (error instanceof CompileError) return undefined;
    throw error;
  });
  const inputs = version === undefined ? await inputsOf(source, runtime) : version.program.inputs;
  return { name, file: version?.canonical ?? source, version, inputs, runs: TRIALS.map((trial) => trialInputs(inputs, trial)) };
}

async function inputsOf(file: Uint8Array, runtime: Runtime): Promise<TensorSpec[]> {
  const session = await runtime.open(file);
  await session.release();
  return session.inputs.map(({ name, dtype, dims }) => {
    if (!isDType(dtype) || !dims.every((dim) => typeof dim === "number")) throw new Error(`input ${name} has no fixed type`);
    return { name, dtype, dims };
  });
}
