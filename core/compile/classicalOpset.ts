import { create } from "@bufbuild/protobuf";
import { isStandardDomain } from "../onnx/model.ts";
import { OperatorSetIdProtoSchema, type ModelProto } from "../onnx/onnx_pb.js";
import { ML } from "./lower/ml/domain.ts";

/** What classical models are written in: it has every operator that they need. */
const OPSET = 17n;

/** Since this opset the operators below mean what they mean in that one: operands are broadcast. */
const LEAST = 7n;

/** Operators that mean the same in all opsets in between. */
const UNCHANGED: ReadonlySet<string> = new Set([
  ...["Cast", "Identity", "Constant", "Shape", "Reshape", "Flatten", "Transpose", "Concat", "Gather", "ArgMax", "ArgMin"],
  ...["Add", "Sub", "Mul", "Div", "Pow", "MatMul", "Gemm", "Abs", "Neg", "Floor", "Ceil", "Exp", "Log", "Sqrt", "Reciprocal"],
  ...["Sigmoid", "Tanh", "Relu", "Erf", "Equal", "Greater", "Less", "And", "Or", "Not", "Where"],
]);

/**
 * Lets a file with classical models import an operator set that has what they are written in, where its other operators mean the same
 * there. Converters state the oldest set that a file can do with, or none.
 */
export function liftOpset({ graph, functions, opsetImport }: ModelProto): void {
  const nodes = graph?.node ?? [];
  if (functions.length > 0 || !nodes.some(({ domain }) => domain === ML)) return;
  const standard = opsetImport.filter(({ domain }) => isStandardDomain(domain));
  const others = nodes.filter(({ domain }) => isStandardDomain(domain));
  if (standard.length === 0 && others.length === 0) opsetImport.push(create(OperatorSetIdProtoSchema, { domain: "", version: OPSET }));
  if (standard.length !== 1 || standard[0].version >= OPSET) return;
  const isSame = standard[0].version >= LEAST && others.every(({ opType }) => UNCHANGED.has(opType));
  if (isSame || others.length === 0) standard[0].version = OPSET;
}
