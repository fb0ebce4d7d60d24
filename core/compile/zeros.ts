import type { RuntimeSession, RuntimeTensor, RuntimeTensorInfo } from "../runtime.ts";
import { isDType, widthOf } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Bytes of inputs that a run for the sake of shapes may take. */
const MOST_ZEROS = 2 ** 32;

/**
 * Runs a model on zeros. Throws a RangeError where its inputs have no fixed types, or take too much memory.
 * @param inputs their types, where the model leaves them open
 */
export async function runOnZeros(session: RuntimeSession, inputs: readonly RuntimeTensorInfo[] = session.inputs): Promise<Map<string, RuntimeTensor>> {
  const specs = inputs.map(({ name, dtype, dims }) => {
    const sizes = dims.filter((dim) => typeof dim === "number");
    if (!isDType(dtype) || sizes.length < dims.length) throw new RangeError(`the input "${name}" has no fixed type`);
    return { name, dtype, dims: sizes, bytes: sizeOf(sizes) * widthOf(dtype) };
  });
  const bytes = specs.reduce((sum, spec) => sum + spec.bytes, 0);
  if (bytes > MOST_ZEROS) throw new RangeError(`its inputs have ${bytes} bytes`);
  return session.run(new Map(specs.map(({ name, dtype, dims, bytes: own }) => [name, { dtype, dims, data: new Uint8Array(own) }])));
}
