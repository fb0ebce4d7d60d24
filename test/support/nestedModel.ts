import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { encodeModel } from "../../core/onnx/model.ts";
import type { AttributeProtoSchema, FunctionProtoSchema, NodeProtoSchema, TensorProtoSchema} from "../../core/onnx/onnx_pb.js";
import { GraphProtoSchema, ModelProtoSchema, type GraphProto } from "../../core/onnx/onnx_pb.js";

type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
type Attribute = number | readonly number[] | { readonly float: number } | { readonly graph: GraphProto } | { readonly tensor: Constant } | { readonly ref: string; readonly type: number };

function attribute([name, given]: [string, Attribute]): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof given === "number") return { name, type: 2, i: BigInt(given) };
  if ("float" in given) return { name, type: 1, f: given.float };
  if ("graph" in given) return { name, type: 5, g: given.graph };
  if ("tensor" in given) return { name, type: 4, t: tensor("", given.tensor) };
  if ("ref" in given) return { name, type: given.type, refAttrName: given.ref };
  return { name, type: 7, ints: given.map(BigInt) };
}

/** A node as ONNX prints one: `y, z = domain.Op(a, b)`; an absent input or output has no name. */
export function node(text: string, attributes: Readonly<Record<string, Attribute>> = {}, name = ""): NodeInit {
  const [, outputs, domain = "", opType, inputs] = /^(.*) = (?:(.*)\.)?(\w+)\((.*)\)$/.exec(text)!;
  const names = (list: string): string[] => (list === "" ? [] : list.split(",").map((each) => each.trim()));
  return { name, opType, domain, input: names(inputs), output: names(outputs), attribute: Object.entries(attributes).map(attribute) };
}

const TYPES = { float: 1, int64: 7, bool: 9 } as const;

/** A value with its type: `float x[2,n]`, or only `float x` where the shape is open. */
function value(text: string): MessageInitShape<typeof GraphProtoSchema>["input"] {
  const [, type, name, dims] = /^(\w+) ([^[]+)(?:\[(.*)\])?$/.exec(text)!;
  const dim = (dims === undefined || dims === "" ? [] : dims.split(",")).map((size) =>
    /^\d+$/.test(size) ? { value: { case: "dimValue" as const, value: BigInt(size) } } : { value: { case: "dimParam" as const, value: size } },
  );
  return [{ name, type: { value: { case: "tensorType", value: { elemType: TYPES[type as keyof typeof TYPES], ...(dims !== undefined && { shape: { dim } }) } } } }];
}

export interface Constant {
  readonly type: keyof typeof TYPES;
  readonly dims?: readonly number[];
  readonly values: readonly number[];
}

function tensor(name: string, { type, values, dims = [values.length] }: Constant): MessageInitShape<typeof TensorProtoSchema> {
  const data = type === "float" ? Float32Array.from(values) : type === "int64" ? BigInt64Array.from(values, BigInt) : Uint8Array.from(values);
  return { name, dataType: TYPES[type], dims: dims.map(BigInt), rawData: new Uint8Array(data.buffer) };
}

/** A graph: its inputs, nodes and outputs, and constants by name. */
export const graph = (inputs: readonly string[], nodes: readonly NodeInit[], outputs: readonly string[], constants: Readonly<Record<string, Constant>> = {}): GraphProto =>
  create(GraphProtoSchema, {
    name: "graph",
    node: [...nodes],
    initializer: Object.entries(constants).map(([name, constant]) => tensor(name, constant)),
    input: inputs.flatMap((text) => value(text)!),
    output: outputs.flatMap((text) => value(text)!),
  });

export interface ModelOptions {
  readonly opset?: number;
  readonly functions?: readonly MessageInitShape<typeof FunctionProtoSchema>[];
  readonly domains?: readonly string[];
}

export const model = (whole: GraphProto, { opset = 17, functions = [], domains = [] }: ModelOptions = {}): Uint8Array =>
  encodeModel(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: "", version: BigInt(opset) }, ...domains.map((domain) => ({ domain, version: 1n }))],
      graph: whole,
      functions: [...functions],
    }),
  );
