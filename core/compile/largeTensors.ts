import { Faults } from "../faults.ts";
import { byteLength } from "../tensor/shape.ts";
import type { TensorSpec } from "../tensor/tensor.ts";
import type { Graph } from "./graph.ts";

/** Bytes of a trace that hosts take by default (limits.traceBytes). */
const MOST = 2 ** 32;

/**
 * Refuses a model whose trace no host would hold.
 *
 * INVARIANT: nothing is drawn or run before: a file of a few bytes can ask for more memory than there is.
 */
export function requireSmall({ inputs, nodes }: Pick<Graph, "inputs" | "nodes">): void {
  const faults = new Faults();
  const sized = [...inputs.map((spec) => ({ name: spec.name, op: "", spec })), ...nodes.map(({ name, op, output }) => ({ name, op, spec: output }))];
  const bytesOf = ({ dtype, dims }: Pick<TensorSpec, "dtype" | "dims">): number => byteLength({ dtype, dims });
  for (const { name, op, spec } of sized) {
    if (bytesOf(spec) > MOST) faults.add(name, op, `"${spec.name}" of shape [${spec.dims.join(", ")}] has ${bytesOf(spec)} bytes: a whole trace may have ${MOST}`);
  }
  faults.throwIfAny();
  const total = sized.reduce((sum, { spec }) => sum + bytesOf(spec), 0);
  if (total > MOST) faults.add("model", "", `its trace, the values of all tensors of a run, has ${total} bytes: at most ${MOST} are taken`);
  faults.throwIfAny();
}
