import { create } from "@bufbuild/protobuf";
import type { Attributes } from "../../onnx/model.ts";
import { AttributeProtoSchema, NodeProtoSchema, type AttributeProto, type NodeProto, type TensorProto } from "../../onnx/onnx_pb.js";
import type { Constant } from "../../onnx/tensor.ts";
import type { OnnxForm } from "../../operators/descriptor.ts";
import type { Ranges } from "../ranges.ts";

/** What is known of a value: its element type (ONNX's code), its shape as far as it is known, its elements where the graph fixes them. */
export interface Known {
  readonly dtype: number;
  readonly dims: readonly (number | string)[];
  readonly constant?: Constant;
}

/** A node that may be written in terms of others, and what is known around it. */
export interface Site {
  readonly node: NodeProto;
  readonly opset: number;
  /** The version of the operator set that the node belongs to. */
  readonly version: number;
  /** Refuse where one is asked for as what it is not, or where two have one name. */
  readonly attributes: Attributes;
  /** Undefined where an input is absent, or nothing is known of it. */
  readonly inputs: readonly (Known | undefined)[];
  /** Between which integers its values lie, as far as constants and arithmetic say it. */
  readonly ranges: Ranges;
  /** Whether somebody reads the value: another node, or whoever runs the model. */
  isRead(value: string): boolean;
  /** Whether the value is an input of the graph. */
  isGiven(value: string): boolean;
  /** Whether the value is among the outputs of the graph. */
  isResult(value: string): boolean;
  /** A name for a new value, which is not taken. */
  value(wish: string): string;
  /** The same for a node. */
  named(wish: string): string;
}

/** What stands in the place of a node. */
export interface Lowered {
  readonly nodes: readonly NodeProto[];
  readonly constants?: readonly TensorProto[];
  /** Outputs of the node that are other values from now on, by name. */
  readonly aliases?: ReadonlyMap<string, string>;
}

/** What becomes of results: no bit of them changes, or they change, and the form of the file says that they may (see Form). */
export type Fidelity = { readonly keeps: "every bit" } | { readonly difference: "portable" };

/** An operator of ONNX that is written in terms of others. */
export type LoweredForm = Pick<OnnxForm, "since" | "shapedBy" | "only">;

/** A way to write operators of ONNX in terms of others, in the canonical file. That file is what is run, so any way is sound. */
export type Lowering = {
  /** The domain of these operators; the standard one by default. */
  readonly domain?: string;
  readonly onnx: Readonly<Record<string, LoweredForm>>;
  /** Operators that it may write. */
  readonly into: readonly string[];
  /**
   * Whether it comes before the runtime's optimisation, which would write the operator in its own way: it has no kernel for it.
   * Those of other domains than the standard one always do.
   */
  readonly isEarly?: boolean;
  /** The condition under which a node is written so, in words; absent where it always is. */
  readonly where?: string;
  /** What stands in the place of a node; undefined where the condition does not hold, which leaves the node as it is. */
  readonly rewrite: (site: Site) => Lowered | undefined;
} & Fidelity;

/** A node of the standard domain with one output. */
export const nodeOf = (name: string, opType: string, input: readonly string[], output: string, attribute: AttributeProto[] = []): NodeProto =>
  create(NodeProtoSchema, { name, opType, input: [...input], output: [output], attribute });

/** One node in the place of another. */
export const inPlaceOf = ({ name, output }: NodeProto, opType: string, input: readonly string[]): NodeProto => nodeOf(name, opType, input, output[0]);

export const floatAttribute = (name: string, value: number): AttributeProto => create(AttributeProtoSchema, { name, type: 1, f: value });

export const integerAttribute = (name: string, value: number): AttributeProto => create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) });

export const integersAttribute = (name: string, values: readonly number[]): AttributeProto =>
  create(AttributeProtoSchema, { name, type: 7, ints: values.map(BigInt) });

export const stringAttribute = (name: string, value: string): AttributeProto =>
  create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value) });
