import type { CompiledModel } from "../compile/compiledModel.ts";
import type { ValuedNode } from "../operators/valuedNode.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { finish, obstacle, pathTo, shiftAlong } from "./shift.ts";

/**
 * How far somebody who stays inside every bound could move a result (docs/protocol.md §2.8), to first order: for each element that a `bound`
 * rule judges, the bound times the sensitivity of the result to that element, added up as if all conspired.
 */
export interface Slack {
  /** Name of the output that is measured. */
  readonly output: string;
  /** Its largest element less its second largest; the size of the element where there is only one. Undefined unless all are finite float32. */
  readonly margin: number | undefined;
  /** By how much that can be moved. Far below the margin: no class can be changed. Undefined where `why` says so. */
  readonly shift: number | undefined;
  readonly why?: string;
}

/** Why there is no slack where a rule admits more than the numbers within a bound. */
const UNBOUNDED = "values overflow or are not finite, so that infinities and NaN are admissible";

/** By how much each output of a model could be moved in this run by somebody who stays inside all bounds. */
export function slackIn(model: CompiledModel, trace: readonly Uint8Array[]): Slack[] {
  const nodes = model.valued(trace);
  const { outputs, tensorCount } = model.program;
  return outputs.map(({ name, id, dtype }) => slackOf(nodes, { name, id, value: dtype === 1 ? floatsOf(trace[id]) : undefined }, tensorCount));
}

/** Where the largest and, if there is one, the second largest element stand. */
function leaders(value: Float32Array): [first: number, second: number | undefined] {
  let first = 0;
  let second: number | undefined;
  for (let i = 1; i < value.length; i++) {
    if (value[i] > value[first]) [first, second] = [i, first];
    else if (second === undefined || value[i] > value[second]) second = i;
  }
  return [first, second];
}

/** The slack of one output in one run; `value` is undefined where it holds no float32. */
function slackOf(
  nodes: readonly ValuedNode[],
  { name, id, value }: { readonly name: string; readonly id: number; readonly value: Float32Array | undefined },
  tensorCount: number,
): Slack {
  const [first, second] = value?.every(Number.isFinite) ? leaders(value) : [];
  const margin = value && first !== undefined ? Math.abs(value[first] - (second === undefined ? 0 : value[second])) : undefined;
  const slack = (shift: number | undefined, why?: string): Slack => ({ output: name, margin, shift, ...(why !== undefined && { why }) });
  const path = pathTo(id, nodes);
  if (path.length === 0) return slack(0);
  for (const node of path) {
    const why = obstacle(node);
    if (why !== undefined) return slack(undefined, why);
  }
  if (value === undefined || first === undefined) return slack(undefined, UNBOUNDED);
  const gradient = new Float64Array(value.length);
  gradient[first] = 1;
  if (second !== undefined) gradient[second] = -1;
  const { most: shift } = finish(shiftAlong(path, id, gradient, tensorCount));
  return Number.isFinite(shift) ? slack(shift) : slack(undefined, UNBOUNDED);
}
