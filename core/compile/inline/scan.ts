import { refuse } from "../../faults.ts";
import { Attributes } from "../../onnx/model.ts";
import { numbersOf } from "../../onnx/tensor.ts";
import type { GraphProto, NodeProto } from "../../onnx/onnx_pb.js";
import { subgraphOf } from "./subgraphs.ts";
import type { Unroller } from "./unroller.ts";

/** Since this opset a Scan has no batch of its own. */
const WITHOUT_BATCH = 9;

/** What a Scan goes over, and how. */
interface Scan {
  readonly body: GraphProto;
  /** Axis and direction of every input that it goes over, and of every output that it makes. */
  readonly inputs: readonly Line[];
  readonly outputs: readonly Line[];
}

interface Line {
  readonly axis: number;
  readonly isReverse: boolean;
}

/** A Scan over a sequence of known length becomes its body that many times. */
export async function unrollScan(node: NodeProto, unroller: Unroller): Promise<void> {
  const isBatched = unroller.opset < WITHOUT_BATCH;
  const body = subgraphOf(node, "body") ?? refuse("it has no body");
  const attributes = new Attributes(node);
  const count = attributes.int("num_scan_inputs", 0);
  const given = isBatched ? node.input.slice(1) : node.input;
  const states = given.length - count;
  if (count < 1 || states < 0) refuse(`it goes over ${count} of its ${given.length} inputs`);
  const lines = (length: number, axes: string, directions: string): Line[] =>
    Array.from({ length }, (_, i) => ({ axis: attributes.ints(axes)?.[i] ?? 0, isReverse: (attributes.ints(directions)?.[i] ?? 0) !== 0 }));
  const scan: Scan = {
    body,
    inputs: lines(count, "scan_input_axes", isBatched ? "directions" : "scan_input_directions"),
    outputs: lines(body.output.length - states, "scan_output_axes", "scan_output_directions"),
  };
  if (!isBatched) {
    const outputs = await unrollOne(node, unroller, scan, given, await lengthOf(unroller, given[states], scan.inputs[0].axis));
    node.output.forEach((name, i) => unroller.bind(name, outputs[i]));
    return;
  }
  const [batch, steps] = (await unroller.dims(given[states])) ?? refuse("the length of its sequence is not known when it is compiled");
  await requireWhole(node.input[0], steps, unroller);
  const rows: string[][] = [];
  for (let row = 0; row < batch; row++) rows.push(await unrollOne(node, unroller, scan, given.map((name) => unroller.at(node, name, 0, row)), steps));
  node.output.forEach((name, i) => {
    if (name !== "") unroller.bind(name, unroller.stacked(node, rows.map((outputs) => outputs[i]), 0));
  });
}

async function lengthOf(unroller: Unroller, name: string, axis: number): Promise<number> {
  const dims = await unroller.dims(name);
  return dims?.at(axis) ?? refuse("the length of its sequence is not known when it is compiled");
}

async function requireWhole(lengths: string, steps: number, unroller: Unroller): Promise<void> {
  if (lengths === "") return;
  const constant = await unroller.constant(lengths);
  if (constant === undefined || numbersOf(constant).some((length) => length !== steps)) refuse("its sequences have lengths of their own (sequence_lens)");
}

/** Goes over one sequence of tensors. Gives its outputs: the last states, then what was collected. */
async function unrollOne(node: NodeProto, unroller: Unroller, { body, inputs, outputs }: Scan, given: readonly string[], steps: number): Promise<string[]> {
  const count = given.length - inputs.length;
  let states = given.slice(0, count);
  const collected = outputs.map((): string[] => []);
  for (let step = 0; step < steps; step++) {
    const elements: string[] = [];
    for (const [i, { axis, isReverse }] of inputs.entries()) {
      elements.push(unroller.at(node, given[count + i], axis, isReverse ? steps - 1 - step : step));
    }
    const results = await unroller.body(node, body, [...states, ...elements]);
    states = results.slice(0, count);
    collected.forEach((parts, i) => parts.push(results[count + i]));
  }
  return [...states, ...outputs.map(({ axis, isReverse }, i) => unroller.stacked(node, isReverse ? collected[i].reverse() : collected[i], axis))];
}
