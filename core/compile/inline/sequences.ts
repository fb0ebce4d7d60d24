import { refuse } from "../../faults.ts";
import { Attributes } from "../../onnx/model.ts";
import { numbersOf } from "../../onnx/tensor.ts";
import type { NodeProto } from "../../onnx/onnx_pb.js";
import { subgraphOf } from "./subgraphs.ts";
import type { Unroller } from "./unroller.ts";

const UNKNOWN = "which tensors its sequence consists of is not known when it is compiled";

const elementsOf = (name: string, unroller: Unroller): readonly string[] => unroller.sequence(name) ?? refuse(UNKNOWN);

/** The place that a node names in a sequence, counted from the end where it is negative. */
async function placeOf(name: string | undefined, length: number, absent: number, unroller: Unroller): Promise<number> {
  if (name === undefined || name === "") return absent;
  const given = (await unroller.number(name)) ?? refuse("the place that it names in its sequence is computed from the model's inputs");
  const place = given < 0 ? given + length : given;
  return place >= 0 && place <= length ? place : refuse(`its sequence of ${length} tensors has no place ${given}`);
}

type Visit = (node: NodeProto, unroller: Unroller) => Promise<void> | void;

const set = (node: NodeProto, unroller: Unroller, elements: readonly string[]): void => void unroller.sequences.set(node.output[0], elements);

const insert: Visit = async (node, unroller) => {
  const elements = elementsOf(node.input[0], unroller);
  const place = await placeOf(node.input[2], elements.length, elements.length, unroller);
  set(node, unroller, elements.toSpliced(place, 0, node.input[1]));
};

const erase: Visit = async (node, unroller) => {
  const elements = elementsOf(node.input[0], unroller);
  set(node, unroller, elements.toSpliced(await placeOf(node.input[1], elements.length, elements.length - 1, unroller), 1));
};

const at: Visit = async (node, unroller) => {
  const elements = elementsOf(node.input[0], unroller);
  const place = await placeOf(node.input[1], elements.length, 0, unroller);
  unroller.bind(node.output[0], elements[place] ?? refuse(`its sequence of ${elements.length} tensors has no place ${place}`));
};

const join: Visit = (node, unroller) => {
  const elements = elementsOf(node.input[0], unroller);
  const attributes = new Attributes(node);
  const axis = attributes.int("axis", 0);
  unroller.bind(node.output[0], attributes.int("new_axis", 0) === 0 ? unroller.joined(node, elements, axis) : unroller.stacked(node, elements, axis));
};

/** Sizes of the parts: those that are stated, or parts of one size of which the last may be shorter. */
async function sizesOf(node: NodeProto, length: number, unroller: Unroller): Promise<readonly number[]> {
  const stated = node.input[1] ?? "";
  if (stated === "") return new Array<number>(length).fill(1);
  const constant = (await unroller.constant(stated)) ?? refuse("the sizes of its parts are computed from the model's inputs");
  const sizes = numbersOf(constant);
  if (constant.dims.length > 0) return sizes;
  const [size] = sizes;
  if (!(size > 0)) refuse(`it makes parts of ${size}`);
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
}

const split: Visit = async (node, unroller) => {
  const attributes = new Attributes(node);
  const [x, stated = ""] = node.input;
  const dims = (await unroller.dims(x)) ?? refuse("the shape of what it splits is not known when it is compiled");
  const axis = attributes.int("axis", 0);
  const length = dims.at(axis) ?? refuse(`what it splits has no axis ${axis}`);
  let end = 0;
  const slices = (await sizesOf(node, length, unroller)).map((size) => {
    const [from, to] = [end, (end += size)];
    return slice(node, unroller, x, axis, from, to);
  });
  const isSingle = stated === "" && attributes.int("keepdims", 1) === 0;
  set(node, unroller, isSingle ? slices.map((part) => unroller.squeezed(node, part, axis)) : slices);
};

const slice = (node: NodeProto, unroller: Unroller, x: string, axis: number, from: number, to: number): string =>
  unroller.node(node, "Slice", [x, ...[from, to, axis].map((bound) => unroller.integers(node, [bound]))]);

const map: Visit = async (node, unroller) => {
  const body = subgraphOf(node, "body") ?? refuse("it has no body");
  const [first, ...others] = node.input;
  const results: string[][] = [];
  for (const [i, element] of elementsOf(first, unroller).entries()) {
    results.push(await unroller.body(node, body, [element, ...others.map((name) => unroller.sequence(name)?.[i] ?? name)]));
  }
  node.output.forEach((name, k) => unroller.sequences.set(name, results.map((outputs) => outputs[k])));
};

/** Nodes that make, take apart or ask for sequences and optional values: tensors in known places are all that is left of them. */
export const SEQUENCES: Readonly<Record<string, Visit>> = {
  SequenceConstruct: (node, unroller) => set(node, unroller, node.input),
  SequenceEmpty: (node, unroller) => set(node, unroller, []),
  SequenceInsert: insert,
  SequenceErase: erase,
  SequenceAt: at,
  SequenceLength: (node, unroller) => unroller.bind(node.output[0], unroller.integers(node, [elementsOf(node.input[0], unroller).length], [])),
  ConcatFromSequence: join,
  SplitToSequence: split,
  SequenceMap: map,
  Optional: (node, unroller) => (node.input.length === 0 ? refuse("an optional value that is not there is no tensor") : unroller.bind(node.output[0], node.input[0])),
  OptionalGetElement: (node, unroller) => unroller.bind(node.output[0], node.input[0]),
  OptionalHasElement: (node, unroller) => unroller.bind(node.output[0], unroller.boolean(node, (node.input[0] ?? "") !== "")),
};
