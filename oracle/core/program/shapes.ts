import type { Runtime } from "../runtime.ts";
import { encodeExposed, type OnnxModel } from "../onnx/model.ts";
import { fileFault } from "./faults.ts";

/** Element type and shape of every value; a dimension that depends on data is a text. */
export type ValueTypes = ReadonlyMap<string, { readonly dtype: number; readonly dims: readonly (number | string)[] }>;

/** Element types and shapes as the runtime infers them: it is asked to give every value out. */
export async function valueTypes(model: OnnxModel, runtime: Runtime): Promise<ValueTypes> {
  try {
    const session = await runtime.open(encodeExposed(model));
    const types = new Map([...session.inputs, ...session.outputs].map(({ name, dtype, dims }) => [name, { dtype, dims }]));
    await session.release();
    return types;
  } catch (error) {
    throw fileFault(`the runtime refuses its canonical form: ${error instanceof Error ? error.message : String(error)}`);
  }
}
