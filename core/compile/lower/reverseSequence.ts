import { sizeOf } from "../../tensor/shape.ts";
import { constantNumbers, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { takenAlong } from "./weighted.ts";
import { Writer } from "./writer.ts";

/** The first elements of every sequence backwards: the two axes as one, of which elements are taken. */
export const reverseSequence: Lowering = {
  onnx: { ReverseSequence: { since: 10, shapedBy: "shapes" } },
  into: ["Reshape", "Gather"],
  keeps: "every bit",
  where: "its lengths are constants",
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [dims, lengths] = [wholeDims(inputs[0]), constantNumbers(inputs[1])];
    const [time, batch] = [attributes.int("time_axis", 0), attributes.int("batch_axis", 1)];
    if (dims === undefined || dims.length < 2 || lengths === undefined || time + batch !== 1 || time * batch !== 0) return undefined;
    const [steps, sequences] = [dims[time], dims[batch]];
    if (lengths.length !== sequences || lengths.some((length) => length < 0 || length > steps)) return undefined;
    const places = Array.from({ length: steps * sequences }, (_, i) => {
      const at = [Math.floor(i / dims[1]), i % dims[1]];
      const length = lengths[at[batch]];
      const from = at[time] < length ? length - 1 - at[time] : at[time];
      return time === 0 ? from * dims[1] + at[1] : at[0] * dims[1] + from;
    });
    const w = new Writer(site);
    const inner = sizeOf(dims.slice(2));
    return w.doneAs(takenAlong(w, w.reshape(node.input[0], dims, [steps * sequences, inner]), 0, places), dims);
  },
};
