import type { Fault } from "../faults.ts";
import { isStandardDomain, namesRead, nodeName, type OnnxModel } from "../onnx/model.ts";
import type { GraphProto, NodeProto, ValueInfoProto } from "../onnx/onnx_pb.js";
import { DType } from "../tensor/dtype.ts";
import { subgraphsOf } from "./inline/subgraphs.ts";
import { valueOption } from "./values.ts";

/**
 * The inputs of ONNX's operators that say what a node does rather than what with, by their places: along which axes, into which shape,
 * how often. A program fixes them, so their elements must be known when it is compiled.
 */
const PARAMETERS: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries({
    // What takes nothing but parameters.
    "Range ConstantOfShape HannWindow HammingWindow BlackmanWindow MelWeightMatrix": [0, 1, 2, 3, 4],
    If: [0],
    Loop: [0, 1],
    "Squeeze Unsqueeze Reshape Expand Tile CenterCropPad": [1],
    "ReduceMax ReduceMin ReduceMean ReduceSum ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp": [1],
    "CumSum CumProd AffineGrid Trilu TopK OneHot ReverseSequence Compress Split SplitToSequence SequenceAt SequenceErase Upsample": [1],
    // Places, where it is not sure that there are such, and divisors of integers.
    "Gather GatherElements GatherND Scatter ScatterElements ScatterND Div Mod": [1],
    "Dropout Col2Im DFT": [1, 2],
    Pad: [1, 3],
    "Slice Resize": [1, 2, 3, 4],
    "SequenceInsert MaxUnpool": [2],
  }).flatMap(([operators, places]) => operators.split(" ").map((op) => [op, places] as const)),
);

/** The inputs of a node that are parameters, those that it has. */
export const parametersOf = ({ domain, opType, input }: Pick<NodeProto, "domain" | "opType" | "input">): string[] =>
  isStandardDomain(domain) ? (PARAMETERS.get(opType) ?? []).flatMap((place) => input[place] || []) : [];

/** Operators whose results follow from a shape alone. */
export const OF_SHAPES: ReadonlySet<string> = new Set(["Shape", "Size"]);

/** Operators whose fractions are never a parameter. */
const OF_INTEGERS: ReadonlySet<string> = new Set(["Div", "Mod"]);
const FRACTIONS: ReadonlySet<number> = new Set([DType.float16, DType.float32, DType.float64]);

/** Elements of an input whose value somebody may want to write down. */
const MOST_WRITTEN = 64;

interface Maker {
  readonly op: string;
  readonly parameters: readonly string[];
  readonly reads: readonly string[];
}

/** Which inputs of a publisher's model the values in it follow from, as the model was before anything was made of it. */
export class Provenance {
  readonly #inputs: ReadonlyMap<string, ValueInfoProto>;
  readonly #nodes = new Map<string, Maker>();
  readonly #makers = new Map<string, Maker>();

  constructor({ graph }: OnnxModel) {
    const constants = new Set(graph.initializer.map(({ name }) => name));
    this.#inputs = new Map(graph.input.filter(({ name }) => !constants.has(name)).map((input) => [input.name, input]));
    this.#survey(graph);
  }

  #survey(graph: GraphProto): void {
    for (const node of graph.node) {
      const maker = makerOf(node);
      this.#nodes.set(nodeName(node), maker);
      for (const name of node.output) this.#makers.set(name, maker);
      for (const inner of subgraphsOf(node)) this.#survey(inner);
    }
  }

  /** The faults, with the inputs whose values keep a node from being taken as long as nobody gives them, and how they are given. */
  explain(faults: readonly Fault[]): Fault[] {
    return faults.map((fault) => {
      const inputs = this.#deciding(fault);
      if (inputs.length === 0) return fault;
      const [they, their] = inputs.length === 1 ? [`it depends on the input "${inputs[0].name}"`, "its value"] : [`it depends on the inputs ${inputs.map(({ name }) => `"${name}"`).join(", ")}`, "their values"];
      return { ...fault, why: `${fault.why}; ${they}: bind ${their}, for example ${inputs.map(optionOf).join(" ")}`, inputs: inputs.map(({ name }) => name) };
    });
  }

  #deciding({ name, op }: Fault): ValueInfoProto[] {
    const node = this.#nodes.get(name);
    if (node === undefined || node.op !== op) return [];
    const names = this.#inputsOf(node.parameters);
    const inputs = [...this.#inputs.values()].filter((input) => names.has(input.name));
    // Where all inputs are given, there is nothing left to compute.
    const isUseful = inputs.length < this.#inputs.size && inputs.every((input) => isWritable(input) && !(OF_INTEGERS.has(op) && FRACTIONS.has(typeOf(input))));
    return isUseful ? inputs : [];
  }

  /** The inputs of the model that these values follow from. */
  #inputsOf(values: readonly string[]): Set<string> {
    const found = new Set<string>();
    const seen = new Set(values);
    for (const name of seen) {
      if (this.#inputs.has(name)) found.add(name);
      const maker = this.#makers.get(name);
      if (maker !== undefined && !OF_SHAPES.has(maker.op)) for (const each of maker.reads) seen.add(each);
    }
    return found;
  }
}

const makerOf = (node: NodeProto): Maker => ({ op: isStandardDomain(node.domain) ? node.opType : "", parameters: parametersOf(node), reads: namesRead(node) });

const typeOf = ({ type }: ValueInfoProto): number => (type?.value.case === "tensorType" ? type.value.value.elemType : 0);

/** The lengths of an input's axes, as far as they are stated. */
const statedDims = ({ type }: ValueInfoProto): (number | undefined)[] | undefined =>
  type?.value.case === "tensorType" ? type.value.value.shape?.dim.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : undefined)) : undefined;

const isWritable = (input: ValueInfoProto): boolean => (statedDims(input) ?? []).reduce<number>((product, size) => product * (size ?? 1), 1) <= MOST_WRITTEN;

const optionOf = (input: ValueInfoProto): string => valueOption(input.name, typeOf(input), statedDims(input));
