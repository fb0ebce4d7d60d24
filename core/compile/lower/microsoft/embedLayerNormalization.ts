import { DType } from "../../../tensor/dtype.ts";
import { floatDims, readsOutput } from "../known.ts";
import { integerAttribute, type Lowering } from "../lowering.ts";
import { NORMALISED, normalised } from "../normalise.ts";
import { sum } from "../sums.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";
import { places } from "./masks.ts";

/** The normalisation of word, position and segment of every token; beside it the lengths that a mask states, and the sum. */
export const embedLayerNormalization: Lowering = {
  domain: MICROSOFT,
  onnx: { EmbedLayerNormalization: { since: 1, shapedBy: "shapes" } },
  into: [...NORMALISED, "Gather", "Identity", "Equal", "Cast"],
  difference: "portable",
  where: "its tables are float32, and nobody reads lengths that no mask states",
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [ids, segments = "", words, positions, segmentTable = "", scale, shift, mask = "", given = ""] = node.input;
    const [batch, length] = inputs[0]?.dims.map(Number) ?? [];
    const [table, positionTable] = [floatDims(inputs[2]), floatDims(inputs[3])];
    if (table === undefined || positionTable === undefined || (mask === "" && readsOutput(site, 1))) return undefined;
    const w = new Writer(site);
    const row = given === "" ? w.slice(positions, 0, 0, length) : w.of("Gather", [positions, given]);
    const placed = w.add(w.of("Gather", [words, ids]), row);
    const embedded = segments === "" ? placed : w.add(placed, w.of("Gather", [segmentTable, segments]));
    const y = w.add(w.mul(normalised(w, embedded, [batch, length, table[1]], [2], attributes.float("epsilon", 1e-12)), scale), shift);
    if (!readsOutput(site, 1)) return w.doneOf([y, "", embedded]);
    const isOne = w.of("Cast", [w.of("Equal", [mask, places(w, [], () => 1)])], [integerAttribute("to", DType.float32)]);
    const count = w.of("Cast", [w.reshape(sum(w, isOne, [batch, length], [1]), [batch, 1], [batch])], [integerAttribute("to", DType.int32)]);
    return w.doneOf([y, count, embedded]);
  },
};
