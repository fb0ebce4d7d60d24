import { wholeDims } from "../known.ts";
import { DType } from "../../../tensor/dtype.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { ML } from "./domain.ts";
import { asFloat } from "./features.ts";

/** Matrices side by side, as float32. */
export const featureVectorizer: Lowering = {
  domain: ML,
  onnx: { FeatureVectorizer: { since: 1, shapedBy: "shapes" } },
  into: ["Cast", "Reshape", "Concat", "Identity"],
  keeps: "every bit",
  where: "its inputs are rows as long as it states",
  rewrite(site: Site): Lowered | undefined {
    const { node, attributes, inputs } = site;
    const lengths = attributes.ints("inputdimensions") ?? [];
    const shapes = inputs.map(wholeDims);
    if (lengths.length !== inputs.length || inputs.length === 0) return undefined;
    const rows = shapes[0]?.length === 2 ? shapes[0][0] : 1;
    const w = new Writer(site);
    const parts = node.input.flatMap((name, i) => {
      const dims = shapes[i];
      const isRow = dims !== undefined && dims.at(-1) === lengths[i] && (dims.length === 2 ? dims[0] === rows : dims.length === 1 && rows === 1);
      if (!isRow) return [];
      const shaped = w.reshape(name, dims, [rows, lengths[i]]);
      return [inputs[i]!.dtype === DType.float32 ? shaped : asFloat(w, shaped)];
    });
    return parts.length === inputs.length ? w.doneOf([w.concat(parts, 1)]) : undefined;
  },
};
