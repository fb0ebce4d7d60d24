import { create } from "@bufbuild/protobuf";
import { isStandardDomain } from "../onnx/model.ts";
import { OperatorSetIdProtoSchema, type ModelProto, type NodeProto, type OperatorSetIdProto } from "../onnx/onnx_pb.js";
import { ML } from "./lower/ml/domain.ts";

/** What classical models are written in: it has every operator that they need. */
const CLASSICAL = 17n;

/** Since this opset fractions can be equal. Exporters compared them before it, too. */
const COMPARES_FRACTIONS = 11n;

/** Since this opset the operators below mean what they mean in these: operands are broadcast. */
const LEAST = 7n;

/** Operators that mean the same in all opsets in between. */
const UNCHANGED: ReadonlySet<string> = new Set([
  ...["Cast", "Identity", "Constant", "ConstantOfShape", "Shape", "Reshape", "Flatten", "Transpose", "Concat", "Gather", "Expand", "Tile", "ArgMax", "ArgMin"],
  ...["Add", "Sub", "Mul", "Div", "Pow", "MatMul", "Gemm", "Abs", "Neg", "Floor", "Ceil", "Exp", "Log", "Sqrt", "Reciprocal"],
  ...["Sigmoid", "Tanh", "Relu", "Erf", "Equal", "Greater", "Less", "And", "Or", "Not", "Where", "NonZero", "ReduceMean", "ReduceMax", "Conv"],
]);

/** The opset from which on an operator means something else, or states it otherwise, than in all before. */
const CHANGED: ReadonlyMap<string, bigint> = new Map([["Slice", 10n], ["Softmax", 13n], ["LogSoftmax", 13n], ["Split", 13n], ["Squeeze", 13n], ["Unsqueeze", 13n], ["ReduceSum", 13n]]);

/** Whether a node of one opset means the same in a later one. */
function isSame({ opType }: NodeProto, from: bigint, to: bigint): boolean {
  const changed = CHANGED.get(opType);
  return UNCHANGED.has(opType) || (changed !== undefined && (from >= changed || to < changed));
}

/**
 * Lets a file import an operator set that has what it needs, where all of its operators mean the same there: one with classical models
 * the set that these are written in, as converters state the oldest that a file can do with, or none; and one that compares numbers for
 * equality the first in which these may be fractions. Says whether the runtime may not have taken the file before.
 */
export function liftOpset({ graph, functions, opsetImport }: ModelProto): boolean {
  const nodes = graph?.node ?? [];
  const standard = opsetImport.filter(({ domain }) => isStandardDomain(domain));
  const others = nodes.filter(({ domain }) => isStandardDomain(domain));
  if (functions.length > 0) return false;
  if (nodes.some(({ domain }) => domain === ML)) {
    if (standard.length === 0 && others.length === 0) opsetImport.push(create(OperatorSetIdProtoSchema, { domain: "", version: CLASSICAL }));
    if (others.length === 0 && standard.length === 1 && standard[0].version < CLASSICAL) standard[0].version = CLASSICAL;
    lift(standard, others, CLASSICAL);
    return false;
  }
  return others.some(({ opType }) => opType === "Equal") && lift(standard, others, COMPARES_FRACTIONS);
}

/** Raises the one imported set, where the nodes mean the same in the other. Says whether it did. */
function lift(standard: readonly OperatorSetIdProto[], nodes: readonly NodeProto[], to: bigint): boolean {
  const [own] = standard;
  if (standard.length !== 1 || own.version < LEAST || own.version >= to || !nodes.every((node) => isSame(node, own.version, to))) return false;
  own.version = to;
  return true;
}
