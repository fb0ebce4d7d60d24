import { dtypeName, type DType } from "../tensor/dtype.ts";
import type { Attributes } from "./model.ts";
import type { NodeProto } from "./onnx_pb.js";
import type { Constant } from "./tensor.ts";

/** A value as a node reads it. `constant` is present where the graph fixes it. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly constant?: Constant;
}

/** A node with everything about it resolved. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly opset: number;
  readonly proto: NodeProto;
  readonly attributes: Attributes;
  /** Undefined where an optional input is absent. */
  readonly inputs: readonly (Value | undefined)[];
  readonly output: Value;
}

/** How a value is described in a refusal. */
export const describe = (value: Value): string => `${dtypeName(value.dtype)} [${value.dims.join(", ")}]`;
