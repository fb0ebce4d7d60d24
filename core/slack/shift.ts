import type { ValuedNode } from "../operators/valuedNode.ts";
import { operatorOf } from "../operators/index.ts";
import { Rule } from "../program/types.ts";
import { boundsOf } from "./bounds.ts";
import { backpropagation, type Gradients } from "./sensitivity.ts";

/** Indices travel as float32, which counts no further. */
const COUNTABLE = 2 ** 24;

/** The nodes through which bounds reach a tensor, in order; of the ids of their inputs, those that a bound can move. */
export function pathTo(target: number, nodes: readonly ValuedNode[]): ValuedNode[] {
  const movable = new Set<number>();
  const moved = nodes.flatMap((node) => {
    const ids = node.ids.map((id) => (id !== undefined && movable.has(id) ? id : undefined));
    if (node.rule !== Rule.bound && ids.every((id) => id === undefined)) return [];
    movable.add(node.id);
    return [{ ...node, ids }];
  });
  const needed = new Set([target]);
  const backwards = moved.reverse().filter(({ id, ids }) => {
    if (!needed.has(id)) return false;
    for (const input of ids) if (input !== undefined) needed.add(input);
    return true;
  });
  return backwards.reverse();
}

/** Why a node of a path cannot be followed back; undefined where it can. */
export function obstacle({ mapped: { opcode, rules }, ids, inputs }: ValuedNode): string | undefined {
  const moved = ids.flatMap((id, i) => (id === undefined ? [] : [i]));
  const { name, slope } = operatorOf(opcode);
  if (moved.length > 0 && slope === "steps") return "a bounded value is quantised";
  if (moved.some((i) => i > 0) && slope !== "steps" && slope.follows === "data") return `a ${name} has bounded parameters`;
  const countless = rules.includes(Rule.chain) && moved.some((i) => inputs[i]!.length >= COUNTABLE);
  return countless ? "a tensor is too large to be followed back" : undefined;
}

/** By how much a linear function of a tensor is moved in a run by elements that stay inside their bounds, to first order. */
export interface Shift {
  /** If all conspire: the sum of each bound times the function's sensitivity to its element. */
  readonly most: number;
  /** If each goes its own way: the root of the sum of their squares. */
  readonly apart: number;
}

/**
 * The shift of a linear function of a tensor. Infinite or NaN where infinities or NaN are admissible on the way. Pauses after
 * every node.
 * @param path the nodes through which bounds reach the tensor
 * @param gradient the function's sensitivity to the tensor's elements
 */
export function* shiftAlong(path: readonly ValuedNode[], id: number, gradient: Float64Array, tensorCount: number): Generator<void, Shift> {
  const gradients: Gradients = new Array<Float64Array | undefined>(tensorCount).fill(undefined);
  gradients[id] = gradient;
  yield* backpropagation(path, gradients);
  let [most, squares] = [0, 0];
  for (const node of path) {
    const sensitivity = gradients[node.id];
    if (sensitivity === undefined) continue;
    boundsOf(node)?.forEach((bound, i) => {
      const part = bound * Math.abs(sensitivity[i]);
      most += part;
      squares += part * part;
    });
    yield;
  }
  return { most, apart: Math.sqrt(squares) };
}

/** The result of steps that are made without a pause. */
export function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
