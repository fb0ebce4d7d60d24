import type { CompiledModel } from "../compile/compiledModel.ts";
import { DType } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import { obstacle, pathTo, shiftAlong, type Shift } from "./shift.ts";

/**
 * How far from its value in this run one element of an output can be, to first order, for whoever stays inside every bound: by
 * conspiring roundings, or by roundings that go each its own way. Zero where no bound reaches the output; infinite where infinities
 * or NaN are admissible on the way; undefined where it cannot be told, because a bounded value is quantised, or becomes a
 * parameter or an integer.
 * @param trace row-major values of all tensors of an honest run
 * @param breathe called after every node
 */
export async function reachOf(
  model: CompiledModel,
  trace: readonly Uint8Array[],
  output: number,
  element: number,
  breathe: () => Promise<void>,
): Promise<Shift | undefined> {
  const { outputs, tensorCount } = model.program;
  const { id, dims, dtype } = outputs[output];
  const path = pathTo(id, model.valued(trace));
  if (path.length === 0) return { most: 0, apart: 0 };
  if (dtype !== DType.float32 || path.some((node) => obstacle(node) !== undefined)) return undefined;
  const gradient = new Float64Array(sizeOf(dims));
  gradient[element] = 1;
  const steps = shiftAlong(path, id, gradient, tensorCount);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return Number.isFinite(value.most) ? value : { most: Infinity, apart: Infinity };
    await breathe();
  }
}
