import { sizeOf } from "../../tensor/shape.ts";
import { constantNumbers, readsOutput, wholeDims } from "./known.ts";
import type { Lowering, Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since these opsets the mask holds booleans, and they say that all is kept: before, the runtime leaves them false. */
const MASK_IS_BOOLEAN = 10;
const MASK_IS_TRUE = 12;

/** Whether nothing is dropped: no mode is given, or that of inference. */
const isInference = ({ node, inputs }: Site): boolean => (node.input[2] ?? "") === "" || constantNumbers(inputs[2])?.[0] === 0;

/** In inference it passes its input on, and its mask is all one. */
export const dropout: Lowering = {
  onnx: { Dropout: { since: 1, shapedBy: "shapes" } },
  into: ["Identity"],
  keeps: "every bit",
  where: "no mode is given, or a constant false; where nobody reads its mask, its output is none of the graph's",
  rewrite(site) {
    const { node, inputs, opset, isResult } = site;
    if (!isInference(site)) return undefined;
    const [output, mask] = node.output;
    const [x] = node.input;
    if (!readsOutput(site, 1)) return isResult(output) ? undefined : { nodes: [], aliases: new Map([[output, x]]) };
    const dims = wholeDims(inputs[0]);
    if (dims === undefined || opset < MASK_IS_BOOLEAN) return undefined;
    const w = new Writer(site);
    const all = w.booleans(dims, new Array<boolean>(sizeOf(dims)).fill(opset >= MASK_IS_TRUE));
    return w.doneAll(new Map([[output, x], [mask, all]].filter(([name]) => name !== "")));
  },
};
