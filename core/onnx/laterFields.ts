/** Fields that ONNX has had since later than the schema of the codec, which keeps them as they are (IR 9 and 10). */
import { fromBinary, type Message, type UnknownField } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { AttributeProtoSchema, type AttributeProto, type FunctionProto, type NodeProto } from "./onnx_pb.js";

const NODE_OVERLOAD = 8;
const FUNCTION_ATTRIBUTES = 11;
const FUNCTION_OVERLOAD = 13;

const fields = ({ $unknown = [] }: Message, no: number): UnknownField[] => $unknown.filter((field) => field.no === no);

const text = (found: readonly UnknownField[]): string => (found.length === 0 ? "" : new BinaryReader(found[found.length - 1].data).string());

/** Which of several functions of one name a node calls. */
export const overloadCalled = (node: NodeProto): string => text(fields(node, NODE_OVERLOAD));

/** Which of several functions of one name this is. */
export const overloadOf = (fn: FunctionProto): string => text(fields(fn, FUNCTION_OVERLOAD));

/** Attributes of a function that have a value where a caller states none. */
export const defaultsOf = (fn: FunctionProto): AttributeProto[] =>
  fields(fn, FUNCTION_ATTRIBUTES).map(({ data }) => fromBinary(AttributeProtoSchema, new BinaryReader(data).bytes()));
