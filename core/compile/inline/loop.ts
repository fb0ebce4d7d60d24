import { refuse } from "../../faults.ts";
import type { NodeProto } from "../../onnx/onnx_pb.js";
import { subgraphOf } from "./subgraphs.ts";
import { MOST_NODES, type Unroller } from "./unroller.ts";

/** Whether the loop goes on, where that is known before a run. */
async function isTrue(condition: string, step: number, unroller: Unroller): Promise<boolean> {
  const value = await unroller.number(condition);
  return value === undefined ? refuse(`whether it goes on after ${step} steps is computed from the model's inputs: the number of its steps must be known when it is compiled`) : value !== 0;
}

/** A Loop whose number of steps is known becomes its body that many times. */
export async function unrollLoop(node: NodeProto, unroller: Unroller): Promise<void> {
  const body = subgraphOf(node, "body") ?? refuse("it has no body");
  const [count = "", start = "", ...initial] = node.input;
  const steps = count === "" ? Infinity : await unroller.number(count);
  if (steps === undefined) refuse("the number of its steps is computed from the model's inputs: it must be known when it is compiled");
  const collected = Array.from({ length: body.output.length - 1 - initial.length }, (): string[] => []);
  let condition = start === "" ? unroller.boolean(node, true) : start;
  let states: readonly string[] = initial;
  // A node without a name for the condition goes on as long as there are steps left.
  for (let step = 0; step < steps && (await isTrue(condition, step, unroller)); step++) {
    if (step === MOST_NODES) refuse(`it takes more than ${MOST_NODES} steps`);
    const outputs = await unroller.body(node, body, [unroller.integers(node, [step], []), condition, ...states]);
    condition = outputs[0];
    states = outputs.slice(1, 1 + initial.length);
    collected.forEach((parts, i) => parts.push(outputs[1 + initial.length + i]));
  }
  node.output.forEach((name, i) => {
    if (name === "") return;
    unroller.bind(name, i < states.length ? states[i] : unroller.stacked(node, collected[i - states.length], 0));
  });
}
