import { clone, create } from "@bufbuild/protobuf";
import { LOWERED } from "../../core/compile/lower/index.ts";
import { decodeModel, encodeModel } from "../../core/onnx/model.ts";
import { AttributeProtoSchema, GraphProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from "../../core/onnx/onnx_pb.js";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "../../core/onnx/onnx_pb.js";
import { supportedOperators } from "../../core/operators/index.ts";
import type { Random } from "../../test/support/random.ts";

/** Changes a file in a small way, or leaves it as it is where there is nothing of that kind. */
type Mutation = (model: ModelProto, random: Random) => void;

const WIDE = [0n, 1n, 2n, 3n, 7n, -1n, -2n, 255n, 4_097n, 2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 40n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
const FLOATS = [0, -0, 1, -1, 0.5, 1e-45, 3.4e38, -3.4e38, Infinity, -Infinity, NaN, 1e9];
const NAMES = ["", "__proto__", "constructor", "x0", "y0", "x", "y", "carried", "ä\u0000b", "a/b", "n".repeat(300)];
const OPERATORS = [...supportedOperators, ...LOWERED.keys(), "If", "Loop", "Scan", "Shape", "Size", "Constant", "ConstantOfShape", "Range", "NonZero", "Identity", "Optional", "SequenceConstruct", "StringNormalizer", "RandomNormal", "Cast", "Where", "NoSuchOperator"];
const TYPES = Array.from({ length: 28 }, (_, i) => i);

const graphOf = (model: ModelProto): GraphProto => (model.graph ??= create(GraphProtoSchema));
const change = <T>(list: T[], random: Random, by: (item: T, i: number) => void): void => {
  if (list.length === 0) return;
  const i = random.int(0, list.length - 1);
  by(list[i], i);
};
const values = (graph: GraphProto): string[] => [...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap(({ output }) => output));

function typeOf(info: ValueInfoProto, random: Random): void {
  if (info.type?.value.case !== "tensorType") return;
  const tensor = info.type.value.value;
  if (random.chance(0.3)) tensor.elemType = random.pick(TYPES);
  else if (random.chance(0.1)) tensor.shape = undefined;
  else if (random.chance(0.1)) info.type = undefined;
  else if (tensor.shape !== undefined) {
    const { dim } = tensor.shape;
    if (random.chance(0.2) && dim.length > 0) dim.push(...dim.slice(0, random.int(1, dim.length)));
    else if (random.chance(0.2)) dim.pop();
    else change(dim, random, (each) => (each.value = random.chance(0.8) ? { case: "dimValue", value: random.pick(WIDE) } : { case: "dimParam", value: random.pick(NAMES) }));
  }
}

function constantOf(tensor: TensorProto, random: Random): void {
  const kind = random.int(0, 5);
  if (kind === 0) change(tensor.dims, random, (_, i) => (tensor.dims[i] = random.pick(WIDE)));
  else if (kind === 1) tensor.dataType = random.pick(TYPES);
  else if (kind === 2) tensor.rawData = tensor.rawData.slice(0, random.int(0, tensor.rawData.length));
  else if (kind === 3 && tensor.rawData.length >= 8) {
    const raw = (tensor.rawData = tensor.rawData.slice());
    const at = 8 * random.int(0, Math.floor(raw.length / 8) - 1);
    if (tensor.dataType === 7) new DataView(raw.buffer).setBigInt64(at, random.pick(WIDE), true);
    else new DataView(raw.buffer).setFloat32(at, random.pick(FLOATS), true);
  } else if (kind === 4) tensor.dims = random.chance(0.5) ? [] : [...tensor.dims, random.pick(WIDE)];
  else tensor.name = random.pick(NAMES);
}

function attributeOf(attribute: AttributeProto, random: Random): void {
  const kind = random.int(0, 6);
  if (kind <= 1) attribute.i = random.pick(WIDE);
  else if (kind === 2) change(attribute.ints, random, (_, i) => (attribute.ints[i] = random.pick(WIDE)));
  else if (kind === 3) attribute.ints = random.chance(0.5) ? [] : [...attribute.ints, random.pick(WIDE)];
  else if (kind === 4) attribute.f = random.pick(FLOATS);
  else if (kind === 5) attribute.type = random.int(0, 15);
  else if (random.chance(0.5)) attribute.s = new TextEncoder().encode(random.pick(NAMES));
  else attribute.name = random.pick(["axis", "axes", "pads", "strides", "kernel_shape", "group", "to", "perm", "mode", "then_branch", "body", ""]);
}

const anyAttribute = (random: Random): AttributeProto => {
  const name = random.pick(["axis", "axes", "pads", "strides", "kernel_shape", "group", "to", "perm", "keepdims", "training_mode", "ceil_mode", "alpha", "blocksize", "value"]);
  const type = random.pick([1, 2, 7]);
  return create(AttributeProtoSchema, { name, type, ...(type === 1 && { f: random.pick(FLOATS) }), ...(type === 2 && { i: random.pick(WIDE) }), ...(type === 7 && { ints: [random.pick(WIDE), random.pick(WIDE)] }) });
};

function nodeOf(node: NodeProto, graph: GraphProto, random: Random): void {
  const edge = (): string => (random.chance(0.7) && values(graph).length > 0 ? random.pick(values(graph)) : random.pick(NAMES));
  const kind = random.int(0, 8);
  if (kind === 0) node.opType = random.pick(OPERATORS);
  else if (kind === 1) change(node.input, random, (_, i) => (node.input[i] = edge()));
  else if (kind === 2) change(node.output, random, (_, i) => (node.output[i] = edge()));
  else if (kind === 3) node.input.splice(random.int(0, node.input.length), random.int(0, 1), ...(random.chance(0.5) ? [edge()] : []));
  else if (kind === 4) node.output.splice(random.int(0, node.output.length), random.int(0, 1), ...(random.chance(0.5) ? [edge()] : []));
  else if (kind === 5) node.attribute.splice(random.int(0, node.attribute.length), random.int(0, 1), ...(random.chance(0.6) ? [anyAttribute(random)] : []));
  else if (kind === 6 && node.attribute.length > 0) node.attribute.push(random.pick(node.attribute));
  else if (kind === 7) node.domain = random.pick(["ai.onnx", "ai.onnx.ml", "com.microsoft", "x"]);
  else node.attribute.push(create(AttributeProtoSchema, { name: random.pick(["then_branch", "else_branch", "body"]), type: 5, g: create(GraphProtoSchema, { name: "inner", node: graph.node.map((each) => clone(NodeProtoSchema, each)), output: [...graph.output] }) }));
}

function countsOf(graph: GraphProto, random: Random): void {
  const kind = random.int(0, 9);
  if (kind === 0) graph.node.splice(random.int(0, graph.node.length), 1);
  else if (kind === 1 && graph.node.length > 0) graph.node.push(random.pick(graph.node));
  else if (kind === 2) graph.node.reverse();
  else if (kind === 3) graph.initializer.splice(random.int(0, graph.initializer.length), 1);
  else if (kind === 4) graph.input.splice(random.int(0, graph.input.length), 1);
  else if (kind === 5) graph.output.push(create(ValueInfoProtoSchema, { name: random.pick([...values(graph), ...NAMES]) }));
  else if (kind === 6) graph.output = random.chance(0.5) ? [] : [...graph.output, ...graph.output];
  else if (kind === 7) graph.input.push(create(ValueInfoProtoSchema, { name: random.pick(NAMES), ...(graph.input[0]?.type && { type: graph.input[0].type }) }));
  else if (kind === 8 && graph.initializer.length > 0) graph.initializer.push(random.pick(graph.initializer));
  else {
    const [input, output] = [random.pick([...values(graph), ""]), `made${random.int(0, 9)}`];
    graph.node.push(create(NodeProtoSchema, { opType: random.pick(OPERATORS), input: [input, ...(random.chance(0.5) ? [random.pick([...values(graph), ""])] : [])], output: [output] }));
    graph.output.push(create(ValueInfoProtoSchema, { name: output }));
  }
}

const MUTATIONS: readonly Mutation[] = [
  (model, random) => change([...graphOf(model).input, ...graphOf(model).output], random, (info) => typeOf(info, random)),
  (model, random) => change(graphOf(model).initializer, random, (tensor) => constantOf(tensor, random)),
  (model, random) => change(graphOf(model).node.flatMap(({ attribute }) => attribute), random, (attribute) => attributeOf(attribute, random)),
  (model, random) => change(graphOf(model).node, random, (node) => nodeOf(node, graphOf(model), random)),
  (model, random) => countsOf(graphOf(model), random),
  (model, random) => {
    const kind = random.int(0, 3);
    if (kind === 0) model.irVersion = random.pick(WIDE);
    else if (kind === 1) change(model.opsetImport, random, (set) => (set.version = random.chance(0.7) ? BigInt(random.int(1, 28)) : random.pick(WIDE)));
    else if (kind === 2 && model.opsetImport.length > 0) model.opsetImport.push(random.pick(model.opsetImport));
    else change([...graphOf(model).input, ...graphOf(model).output, ...graphOf(model).initializer], random, (each) => (each.name = random.pick(NAMES)));
  },
];

/** Other bytes here and there: flipped, cut off, doubled, or all ones, which makes numbers huge. */
function otherBytes(file: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(file);
  const at = random.int(0, bytes.length - 1);
  const kind = random.int(0, 4);
  if (kind === 0) return bytes.slice(0, at);
  if (kind === 1) return Uint8Array.from(Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random.int(1, 64)))]));
  if (kind === 2) bytes.fill(0xff, at, at + random.int(1, 9));
  else for (let i = random.int(1, 6); i > 0; i--) bytes[random.int(0, bytes.length - 1)] ^= 1 << random.int(0, 7);
  return bytes;
}

/** A file that differs from the given one in some ways, which the generator draws. */
export function mutate(file: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.15)) return otherBytes(file, random);
  const model = decodeModel(file, true);
  for (let i = random.pick([1, 1, 1, 2, 3]); i > 0; i--) random.pick(MUTATIONS)(model, random);
  return encodeModel(model);
}
