import { operatorOf } from "../operators/index.ts";
import type { ValuedNode } from "../operators/valuedNode.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Sensitivity of a result to every element of a tensor, by the id of the tensor; undefined of one that is not followed. */
export type Gradients = (Float64Array | undefined)[];

/**
 * Sensitivity of a result to every computed tensor, given its sensitivity to the last ones. `nodes` are in topological
 * order. It ends where numbers are rounded to integers, which is no smooth function.
 */
export function backpropagate(nodes: readonly ValuedNode[], gradients: Gradients): Gradients {
  for (const _ of backpropagation(nodes, gradients));
  return gradients;
}

/** The same, with a pause after every node. */
export function* backpropagation(nodes: readonly ValuedNode[], gradients: Gradients): Generator<void, void> {
  for (const node of [...nodes].reverse()) {
    const outer = gradients[node.id];
    if (outer === undefined || node.ids.every((id) => id === undefined)) continue;
    const into = (i: number): Float64Array | undefined => {
      const id = node.ids[i];
      return id === undefined ? undefined : (gradients[id] ??= new Float64Array(sizeOf(node.mapped.inputs[i]!.dims)));
    };
    const { slope } = operatorOf(node.mapped.opcode);
    if (slope !== "steps") slope.back(node, outer, into);
    yield;
  }
}
