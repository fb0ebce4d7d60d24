import { toBinary, type Message } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { concatBytes, sameBytes } from "../bytes.ts";
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema, type GraphProto, type ModelProto, type TensorProto } from "./onnx_pb.js";

/** Field numbers of the messages on the way to a tensor's data (onnx.proto). */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** A field that holds bytes or a message, in parts. */
function field(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const head = new BinaryWriter().uint32(number * 8 + 2).uint32(lengthOf(parts)).finish();
  return [head, ...parts];
}

/** The same message with these fields only, or with all others: what is not set stays so. */
const part = <M extends Message>(message: M, fields: readonly (keyof M)[], kept: boolean): M =>
  Object.fromEntries(
    Object.entries(message).map(([key, value]) => {
      const isKept = key === "$typeName" || fields.includes(key as keyof M) === kept;
      return [key, isKept ? value : Array.isArray(value) ? [] : undefined];
    }),
  ) as M;

/** A tensor: its raw data is the last field where it states nothing but its type, its shape and its name. */
function tensorParts(tensor: TensorProto): Uint8Array[] {
  const plain = toBinary(TensorProtoSchema, part(tensor, ["dims", "dataType", "name"], true));
  const others = toBinary(TensorProtoSchema, part(tensor, ["rawData"], false));
  if (tensor.rawData.length === 0 || !sameBytes(plain, others)) return [toBinary(TensorProtoSchema, tensor)];
  return [plain, ...field(RAW_DATA, [tensor.rawData])];
}

function graphParts(graph: GraphProto): Uint8Array[] {
  return [
    toBinary(GraphProtoSchema, part(graph, ["node", "name"], true)),
    ...graph.initializer.flatMap((tensor) => field(INITIALIZER, tensorParts(tensor))),
    toBinary(GraphProtoSchema, part(graph, ["node", "name", "initializer"], false)),
  ];
}

/** The fields of a model before its graph. */
const BEFORE: readonly (keyof ModelProto)[] = ["irVersion", "producerName", "producerVersion", "domain", "modelVersion", "docString"];

/**
 * The bytes of a model in parts: the fields of every message by their numbers, as protobuf's writers put them. The data of its
 * initializers are parts as they are in memory, so that a large model is not there a second time.
 */
export function encodedParts(model: ModelProto): Uint8Array[] {
  if (model.graph === undefined) return [toBinary(ModelProtoSchema, model)];
  return [
    toBinary(ModelProtoSchema, part(model, BEFORE, true)),
    ...field(GRAPH, graphParts(model.graph)),
    toBinary(ModelProtoSchema, part(model, [...BEFORE, "graph"], false)),
  ];
}

export const encodeModel = (model: ModelProto): Uint8Array => concatBytes(encodedParts(model));

/** Whether these bytes are the encoding of the model. */
export function isEncoding(model: ModelProto, bytes: Uint8Array): boolean {
  let at = 0;
  return encodedParts(model).every((part) => sameBytes(part, bytes.subarray(at, (at += part.length)))) && at === bytes.length;
}
