import { create } from "@bufbuild/protobuf";
import { RuntimeEnded } from "../../faults.ts";
import { decodeModel, encodeModel, namesRead, type OnnxModel } from "../../onnx/model.ts";
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema, type GraphProto, type NodeProto, type TensorProto } from "../../onnx/onnx_pb.js";
import { readConstant, type Constant } from "../../onnx/tensor.ts";
import type { Runtime } from "../../runtime.ts";
import { isDType } from "../../tensor/dtype.ts";
import type { ValueTypes } from "../valueTypes.ts";
import { leadingTo } from "./subgraphs.ts";

/** Gives element types and shapes of all values of a model; throws where the runtime gives up on it. */
export type TypesOf = (model: OnnxModel) => Promise<ValueTypes>;

/** Element type and shape of a value; a length that is not known is a text. */
export type Type = ValueTypes extends ReadonlyMap<string, infer Each> ? Each : never;

/** Operators whose result is another in every run: of no inputs, it is no constant all the same. */
const RANDOM: ReadonlySet<string> = new Set(["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"]);

/** What the runtime does not compute is not known. One that ended says nothing. */
function unknown(error: unknown): undefined {
  if (error instanceof RuntimeEnded) throw error;
  return undefined;
}

/** What is known of values before a run: the runtime is asked, and folds what it can. */
export class Valuation {
  readonly #model: OnnxModel;
  readonly #runtime: Runtime;
  readonly #constants: Map<string, TensorProto>;
  readonly #known = new Map<string, Promise<Constant | undefined>>();
  readonly #typesOf: TypesOf;

  /** @param model whose nodes may grow, and whose constants may be added to by `add` */
  constructor(model: OnnxModel, runtime: Runtime, typesOf: TypesOf) {
    this.#model = model;
    this.#runtime = runtime;
    this.#typesOf = typesOf;
    this.#constants = new Map(model.graph.initializer.map((tensor) => [tensor.name, tensor]));
  }

  add(tensor: TensorProto): void {
    this.#model.graph.initializer.push(tensor);
    this.#constants.set(tensor.name, tensor);
  }

  isConstant = (name: string): boolean => this.#constants.has(name);

  /** The elements of a value that does not depend on an input; undefined where that is not known. */
  constant(name: string, nodes: readonly NodeProto[]): Promise<Constant | undefined> {
    const known = this.#known.get(name) ?? this.#constant(name, nodes).catch(unknown);
    this.#known.set(name, known);
    return known;
  }

  /** The shape of a value, as far as one fixes it; undefined also of a value without axes. */
  async dims(name: string, nodes: readonly NodeProto[]): Promise<readonly number[] | undefined> {
    const tensor = this.#constants.get(name);
    if (tensor !== undefined) return tensor.dims.map(Number);
    const part = this.part([name], nodes);
    for (const fold of [false, true]) {
      const dims = await this.#dimsIn(part, name, fold).catch(unknown);
      if (dims !== undefined) return dims;
    }
    return undefined;
  }

  /** Element types and shapes of values in every run; throws where the runtime gives up on them. */
  async types(names: readonly string[], nodes: readonly NodeProto[]): Promise<Type[]> {
    const copies = names.map((name, i) => create(NodeProtoSchema, { opType: "Identity", input: [name], output: [`${name}/type${i}`] }));
    const outputs = copies.map(({ output: [name] }) => name);
    const types = await this.#typesOf(await this.#folded(this.part(outputs, [...nodes, ...copies])));
    return outputs.map((name) => types.get(name) ?? { dtype: 0, dims: ["?"] });
  }

  async #folded(part: OnnxModel): Promise<OnnxModel> {
    return decodeModel(await this.#runtime.optimise(encodeModel(part), "exact"), false) as OnnxModel;
  }

  async #dimsIn(part: OnnxModel, name: string, fold: boolean): Promise<readonly number[] | undefined> {
    const bytes = encodeModel(part);
    const session = await this.#runtime.open(fold ? await this.#runtime.optimise(bytes, "exact") : bytes);
    try {
      const dims = session.outputs.find((output) => output.name === name)?.dims ?? [];
      return dims.length > 0 && dims.every((dim) => typeof dim === "number") ? dims : undefined;
    } finally {
      await session.release();
    }
  }

  async #constant(name: string, nodes: readonly NodeProto[]): Promise<Constant | undefined> {
    const tensor = this.#constants.get(name);
    if (tensor !== undefined) return isDType(tensor.dataType) ? readConstant(tensor) : undefined;
    const part = this.part([name], nodes);
    if (part.graph.node.length === 0 || part.graph.node.some(({ opType }) => RANDOM.has(opType))) return undefined;
    if (part.graph.input.length === 0) return this.#run(part, name);
    const rest = partOf(await this.#folded(part), [name]);
    return rest.graph.input.length === 0 ? this.#run(rest, name) : undefined;
  }

  async #run(part: OnnxModel, name: string): Promise<Constant | undefined> {
    const constant = part.graph.initializer.find((tensor) => tensor.name === name);
    if (constant !== undefined) return readConstant(constant);
    const session = await this.#runtime.open(encodeModel(part));
    try {
      const result = (await session.run(new Map())).get(name);
      return result !== undefined && isDType(result.dtype) ? { ...result, dtype: result.dtype } : undefined;
    } finally {
      await session.release();
    }
  }

  /** The part of the model that computes these values. */
  part(names: readonly string[], nodes: readonly NodeProto[]): OnnxModel {
    const { graph } = this.#model;
    return partOf({ ...this.#model, graph: { ...graph, node: [...nodes] } }, names);
  }
}

/** The part of a model that computes these values. */
function partOf(model: OnnxModel, names: readonly string[]): OnnxModel {
  const { graph } = model;
  const node = leadingTo(graph.node, names);
  const read = new Set([...names, ...node.flatMap(namesRead)]);
  const isRead = (each: { readonly name: string }): boolean => read.has(each.name);
  const part: GraphProto = create(GraphProtoSchema, {
    name: "part",
    node,
    initializer: graph.initializer.filter(isRead),
    input: graph.input.filter(isRead),
    output: names.map((name) => create(ValueInfoProtoSchema, { name })),
  });
  return create(ModelProtoSchema, { irVersion: model.irVersion, opsetImport: model.opsetImport, functions: model.functions, graph: part }) as OnnxModel;
}
