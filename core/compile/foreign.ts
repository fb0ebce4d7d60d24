import { foreignNodes, isStandardDomain, namesRead, nodeName, ownFunctions, type OnnxModel } from "../onnx/model.ts";
import type { NodeProto } from "../onnx/onnx_pb.js";
import type { Fault } from "../faults.ts";
import { OPERATORS, supportedOperators } from "../operators/index.ts";
import { anyType } from "../operators/reading/requirements.ts";
import { whyUnknown } from "./graph.ts";
import type { Form } from "./form.ts";
import { isControl } from "./inline/controlFlow.ts";
import { LOWERED, loweringsOf, takenBy } from "./lower/index.ts";

/** The supported operators, and those that the canonical file writes in terms of them in some form. */
const TAKEN: ReadonlySet<string> = new Set([...supportedOperators, ...LOWERED.keys()]);

/** Operators that compute nothing: they take any type, and are converted only for the sake of their neighbours. */
const MOVES: ReadonlySet<string> = new Set(["Cast", ...OPERATORS.filter(({ types }) => types === anyType).flatMap(({ onnx }) => Object.keys(onnx))]);

/** What the runtime calls the values between a node and the conversions that it put around it. */
const INSERTED = "InsertedPrecisionFreeCast_";

/** The same in the form of the source. */
const KEPT: ReadonlySet<string> = new Set([...supportedOperators, ...loweringsOf("source").flatMap(takenBy)]);

/** Whether the node may be part of a program, by its operator alone. */
export const isKnown = (node: NodeProto): boolean => whyUnknown(node, TAKEN) === undefined;

/** Functions of ONNX that the runtime has no kernel for: it writes them in terms of others, which may be known. */
const FUNCTIONS: ReadonlySet<string> = new Set(["CastLike", "CenterCropPad", "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]);

const fault = (node: NodeProto, why: string): Fault => ({ name: nodeName(node), op: node.opType, why });

/**
 * The nodes of a publisher's file that cannot be taken whatever is folded: those of other operators that depend on the values
 * of an input. A shape is known, whatever it is the shape of. Branches, loops and sequences have reasons of their own.
 */
export function unknownNodes(model: OnnxModel, form: Form): Fault[] {
  const { graph } = model;
  const isOwn = ownFunctions(model);
  const variable = new Set(graph.input.map(({ name }) => name));
  const standard = graph.node.flatMap((node) => {
    const foldable = node.opType === "Shape" || node.opType === "Size" || !namesRead(node).some((name) => variable.has(name));
    if (!foldable) for (const name of node.output) variable.add(name);
    if (foldable || !isStandardDomain(node.domain) || isOwn(node) || isControl(node) || FUNCTIONS.has(node.opType)) return [];
    return unknown(node, form);
  });
  return [...foreignNodes(model).flatMap((node) => unknown(node, form)), ...standard];
}

function unknown(node: NodeProto, form: Form): Fault[] {
  const why = whyUnknown(node, form === "portable" ? TAKEN : KEPT);
  return why === undefined ? [] : [fault(node, why)];
}

/**
 * The nodes that the runtime has no kernel for in their own type, so that it converts what they read and write: they would be
 * computed in another type than the file says.
 */
export function convertedNodes(source: OnnxModel, { graph }: OnnxModel): Fault[] {
  const own = new Set(source.graph.node.flatMap(({ output }) => output));
  const isInserted = (name: string) => name.startsWith(INSERTED) && !own.has(name);
  return graph.node
    .filter((node) => !MOVES.has(node.opType) && [...node.input, ...node.output].some(isInserted))
    .map((node) => {
      const name = nodeName(node);
      const why = "it computes in float16, which is not supported: convert the model to float32";
      return { ...fault(node, why), name: isInserted(name) ? name.slice(INSERTED.length) : name };
    });
}
