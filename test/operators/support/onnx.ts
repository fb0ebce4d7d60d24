import { mapNode, operatorOf } from "../../../core/operators/index.ts";
import { arithmeticOf } from "../../../core/operators/floatDot/sgemm.ts";
import type { Mapped } from "../../../core/operators/reading/mapped.ts";
import { Attributes, parseModel } from "../../../core/onnx/model.ts";
import type { GraphNode, Value } from "../../../core/onnx/graphNode.ts";
import type { Arithmetic, Rule } from "../../../core/program/types.ts";
import type { DType } from "../../../core/tensor/dtype.ts";
import { tensor, type OnnxCase } from "../../support/opCase.ts";
import { oneNodeModel, type Attribute } from "../../support/onnxModel.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";

/** A node as ONNX writes it, with the values of its inputs. */
export interface OnnxNode {
  readonly op: string;
  readonly attributes?: Record<string, Attribute>;
  readonly opset?: number;
  /** Undefined where an optional input is absent. */
  readonly inputs: readonly (NodeInput | undefined)[];
  readonly output: { readonly dtype: DType; readonly dims: readonly number[] };
}

const OPSET = 17;

function graphNode({ op, attributes, opset = OPSET, inputs, output }: OnnxNode): GraphNode {
  // Only its attributes are read.
  const [proto] = parseModel(oneNodeModel({ op, attributes, opset, inputs: [], outputs: [output] })).graph.node;
  const value = (t: NodeInput, i: number): Value => {
    const dtype = t.dtype as DType;
    return { name: `x${i}`, dtype, dims: t.dims, constant: t.constant === true ? { dtype, dims: t.dims, data: t.raw } : undefined };
  };
  return { name: "node", op, opset, proto, attributes: new Attributes(proto), inputs: inputs.map((t, i) => t && value(t, i)), output: { name: "y0", ...output } };
}

/** What onnxruntime computes of a dot product; of anything else the most lenient rule. */
function arithmetic(mapped: Mapped): Arithmetic {
  const operator = operatorOf(mapped.opcode);
  return operator.dot === undefined ? { rule: mapped.rules[mapped.rules.length - 1], chunk: 0, flags: 0 } : arithmeticOf(operator.call(mapped));
}

/**
 * The row that the compiler makes of a node, under the most lenient of its rules, with its inputs: in layouts that are
 * drawn, or row-major. `changes` are what the compiler would refuse and a publisher may register all the same.
 */
export function caseOf(written: OnnxNode, random?: Random, changes: { attributes?: readonly number[]; rule?: Rule } = {}): OnnxCase {
  const { op, attributes, opset = OPSET, inputs, output } = written;
  const mapped = mapNode(graphNode(written));
  const own = mapped.inputs.map((value) => value && inputs[Number(value.name.slice(1))]);
  return {
    node: {
      opcode: mapped.opcode,
      ...arithmetic({ ...mapped, attributes: changes.attributes ?? mapped.attributes }),
      attributes: mapped.attributes,
      output: tensor(output.dtype, output.dims, random),
      inputs: mapped.inputs.map((value) => value && tensor(value.dtype, value.dims, random)),
      ...changes,
    },
    inputs: own.map((input) => input?.raw),
    onnx: { op, attributes, opset },
    onnxInputs: inputs.map((input) => input ?? null),
  };
}
