import { floatDims, FLOAT } from "../known.ts";
import type { Lowering } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { ML } from "./domain.ts";

/** (x − offset) · scale, column by column. */
export const scaler: Lowering = {
  domain: ML,
  onnx: { Scaler: { since: 1, shapedBy: "shapes" } },
  into: ["Sub", "Mul"],
  keeps: "every bit",
  where: FLOAT,
  rewrite(site) {
    const { node, attributes, inputs: [x] } = site;
    const columns = floatDims(x)?.at(-1);
    const [offset, scale] = [attributes.floats("offset") ?? [], attributes.floats("scale") ?? []];
    if (columns === undefined || offset.length !== scale.length || ![1, columns].includes(offset.length)) return undefined;
    const w = new Writer(site);
    const row = (values: readonly number[]): string => w.constant([values.length], Float32Array.from(values));
    return w.done(w.mul(w.sub(node.input[0], row(offset)), row(scale)));
  },
};
