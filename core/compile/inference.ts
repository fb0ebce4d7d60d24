import { Faults, Refusal, refuse } from "../faults.ts";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import { Attributes, nodeName, opsetOf, type OnnxModel } from "../onnx/model.ts";
import type { NodeProto, ValueInfoProto } from "../onnx/onnx_pb.js";
import { readConstant, toDType, type Constant } from "../onnx/tensor.ts";
import { FORMS } from "../operators/index.ts";
import { axisOf, optional, required, ShapeRefusal, valuesOf } from "../operators/reading/requirements.ts";
import { readWindow } from "../operators/reading/windows.ts";
import { DType } from "../tensor/dtype.ts";
import { positionsOf, reachOf } from "../tensor/geometry.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { ValueTypes } from "./valueTypes.ts";

/**
 * Element types and shapes of all values of a canonical model, by what its operators make of their inputs' types: no runtime is
 * asked. Readers of operators know the shape that an output must have, so it is they who say it; the few that are told a shape, or
 * may round one up, stand below. Throws a CompileError with every node whose output it cannot tell.
 */
export function inferTypes(model: OnnxModel): ValueTypes {
  const { graph } = model;
  const opset = opsetOf(model);
  const faults = new Faults();
  const constants = new Map<string, Constant | undefined>();
  for (const tensor of graph.initializer) constants.set(tensor.name, faults.attempt(tensor.name, "", () => readConstant(tensor)));
  const types = new Map<string, { dtype: DType; dims: readonly number[] }>();
  for (const input of graph.input) {
    const type = faults.attempt(input.name, "", () => declared(input));
    if (type !== undefined) types.set(input.name, type);
  }
  const valueOf = (name: string): Value => {
    const constant = constants.get(name);
    if (constant !== undefined) return { name, dtype: constant.dtype, dims: constant.dims, constant };
    return { name, ...(types.get(name) ?? refuse(`the type of "${name}" is not known`)) };
  };
  for (const proto of graph.node) {
    const type = faults.attempt(nodeName(proto), proto.opType, () => {
      const inputs = proto.input.map((name) => (name === "" ? undefined : valueOf(name)));
      return outputType(proto, opset, inputs);
    });
    if (type !== undefined) types.set(proto.output[0], type);
  }
  faults.throwIfAny();
  return types;
}

/** The type that a graph input is declared with, which has no symbols in a canonical file. */
function declared({ type }: ValueInfoProto): { dtype: DType; dims: number[] } {
  if (type?.value.case !== "tensorType") return refuse("it is declared as no tensor");
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : refuse("a dimension of it is not fixed")));
  return { dtype: toDType(elemType), dims: dims ?? refuse("its shape is not declared") };
}

type Inputs = readonly (Value | undefined)[];

function outputType(proto: NodeProto, opset: number, inputs: Inputs): { dtype: DType; dims: readonly number[] } {
  const form = FORMS.get(proto.opType) ?? refuse("the operator is not supported");
  const nodeWith = (dtype: DType, dims: readonly number[]): GraphNode => ({
    ...{ name: nodeName(proto), op: proto.opType, opset, proto, inputs },
    attributes: new Attributes(proto),
    output: { name: proto.output[0], dtype, dims },
  });
  const first = inputs.find((value) => value !== undefined);
  const dtype = elementType(nodeWith(DType.float32, []));
  const told = SHAPES[proto.opType]?.(nodeWith(dtype, []));
  if (told !== undefined) return { dtype, dims: told };
  // The shape of an input is the likeliest, and the right one of an operator that is the identity.
  const guess = first?.dims ?? [];
  try {
    form.read(nodeWith(dtype, guess));
  } catch (error) {
    if (error instanceof ShapeRefusal) return { dtype, dims: error.expected };
    // What else is wrong is told where the node is read.
    if (!(error instanceof Refusal)) throw error;
  }
  return { dtype, dims: guess };
}

/** Operators whose outputs have another element type than their first input; the others stand for themselves. */
const TYPES: Readonly<Record<string, (node: GraphNode) => DType>> = {
  ...Object.fromEntries(["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"].map((op) => [op, () => DType.bool])),
  ...Object.fromEntries(["MatMulInteger", "ConvInteger"].map((op) => [op, () => DType.int32])),
  ...Object.fromEntries(["QLinearConv", "QLinearMatMul"].map((op) => [op, (node: GraphNode) => required(node, 7).dtype])),
  Where: (node) => required(node, 1).dtype,
  Cast: ({ attributes }) => toDType(attributes.int("to", 0)),
  QuantizeLinear: (node) => optional(node, 2)?.dtype ?? toDType(node.attributes.int("output_dtype", 0) || DType.uint8),
  DequantizeLinear: (node) => required(node, 1).dtype,
};

const elementType = (node: GraphNode): DType => TYPES[node.op]?.(node) ?? required(node, 0).dtype;

/** Shapes that the node is told, or may round. */
const SHAPES: Readonly<Record<string, (node: GraphNode) => readonly number[]>> = {
  Reshape(node) {
    const { dims } = required(node, 0);
    const stated = valuesOf(required(node, 1), "its shape");
    const keepsZero = node.attributes.int("allowzero", 0) !== 0;
    const copied = stated.map((size, i) => (size === 0 && !keepsZero ? dims[i] : size));
    const rest = sizeOf(dims) / sizeOf(copied.filter((size) => size !== -1));
    return copied.map((size) => (size === -1 ? rest : size));
  },
  Squeeze(node) {
    const { dims } = required(node, 0);
    const axes = axesOf(node, dims.length);
    return dims.filter((dim, axis) => (axes === undefined ? dim !== 1 : !axes.includes(axis)));
  },
  Unsqueeze(node) {
    const { dims } = required(node, 0);
    const count = axesOf(node, Infinity)!.length;
    const axes = axesOf(node, dims.length + count)!;
    const rest = [...dims];
    return Array.from({ length: dims.length + count }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
  },
  MaxPool: pooled,
  AveragePool: pooled,
};

/** Axes as an attribute up to opset 12, then as an input; undefined where there are none. */
function axesOf(node: GraphNode, rank: number): number[] | undefined {
  const second = optional(node, 1);
  const axes = second === undefined ? node.attributes.ints("axes") : valuesOf(second, "its axes");
  return rank === Infinity ? (axes ?? []) : axes?.map((axis) => axisOf(axis, rank));
}

/** Positions of a pool's window: with `ceil_mode` rounded up, but for a window that would begin behind the map and its padding. */
function pooled(node: GraphNode): readonly number[] {
  const x = required(node, 0);
  const map = x.dims.slice(2);
  const w = readWindow(node, x, node.attributes.ints("kernel_shape") ?? refuse("kernel_shape is missing"));
  const whole = positionsOf(w, map);
  if (node.attributes.int("ceil_mode", 0) === 0) return [...x.dims.slice(0, 2), ...whole];
  const rounded = map.map((size, i) => {
    const positions = Math.ceil((size + w.begins[i] + w.ends[i] - reachOf(w, i)) / w.strides[i]) + 1;
    return (positions - 1) * w.strides[i] >= size + w.begins[i] ? positions - 1 : positions;
  });
  return [...x.dims.slice(0, 2), ...rounded];
}
