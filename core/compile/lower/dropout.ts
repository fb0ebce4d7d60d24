import { sizeOf } from "../../tensor/shape.ts";
import { constantNumbers, readsOutput, wholeDims } from "./known.ts";
import { inPlaceOf, type Lowering, type Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since these opsets the mask holds booleans, and they say that all is kept: before, the runtime leaves them false. */
const MASK_IS_BOOLEAN = 10;
const MASK_IS_TRUE = 12;

/** Whether the mode is that of inference, in which nothing is dropped: none is given, or a constant. */
const isInference = ({ node, inputs }: Site): boolean => (node.input[2] ?? "") === "" || constantNumbers(inputs[2])?.[0] === 0;

/** Whether the mode is that of training, but the share that is dropped is nothing. */
const dropsNothing = ({ inputs }: Site): boolean => inputs[2]?.constant !== undefined && constantNumbers(inputs[1])?.[0] === 0;

/** Where nothing is dropped it passes its input on, and its mask is all one. */
export const dropout: Lowering = {
  onnx: { Dropout: { since: 1, shapedBy: "shapes" } },
  into: ["Identity"],
  keeps: "every bit",
  where: "no mode is given, a constant false, or a constant share of 0; where nobody reads its mask, its output is none of the graph's; and where somebody does, the opset is 10 or later",
  rewrite(site) {
    const { node, inputs, opset, isResult } = site;
    const isOff = isInference(site);
    if (!isOff && !dropsNothing(site)) return undefined;
    const [output, mask] = node.output;
    const [x] = node.input;
    if (!readsOutput(site, 1)) {
      if (!isResult(output)) return { nodes: [], aliases: new Map([[output, x]]) };
      return isOff ? undefined : { nodes: [inPlaceOf(node, "Identity", [x])] };
    }
    const dims = wholeDims(inputs[0]);
    if (dims === undefined || opset < MASK_IS_BOOLEAN) return undefined;
    const w = new Writer(site);
    const all = w.booleans(dims, new Array<boolean>(sizeOf(dims)).fill(opset >= MASK_IS_TRUE));
    return w.doneAll(new Map(([[output, x], [mask, all]] as const).filter(([name]) => name !== "")));
  },
};
