import { readCanonical } from "../../core/compile/canonicalForm.ts";
import type { Hex } from "../../core/hex.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import type { Context } from "../chain/context.ts";
import { OpgError } from "../errors.ts";
import { publishedFile, type FetchFile } from "../files.ts";
import { version, type NamedSpecs } from "./versions.ts";

/** A version's specs, as the chain has them, under the names that its canonical file gives them. */
export async function namedSpecs(context: Context, id: Hex, fetchFile?: FetchFile): Promise<NamedSpecs> {
  const { fileDigest, fileUris, inputs, outputs } = await version(context, id);
  const { model } = readCanonical(await publishedFile("the canonical file", fileUris, fileDigest, fetchFile), fileDigest);
  const { input, output } = model.graph;
  if (input.length !== inputs.length || output.length !== outputs.length) {
    throw new OpgError("VERSION", `version ${id} and its canonical file differ in their inputs or outputs`, "use another version: no job of this one can be judged");
  }
  const under = (specs: readonly TensorSpec[], values: readonly { name: string }[]): TensorSpec[] => specs.map((spec, i) => ({ ...spec, name: values[i].name }));
  return { inputs: under(inputs, input), outputs: under(outputs, output) };
}
