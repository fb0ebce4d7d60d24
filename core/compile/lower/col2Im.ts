import { rowMajorStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import { filledWith } from "./combining.ts";
import { DType } from "../../tensor/dtype.ts";
import { constantNumbers, floatDims } from "./known.ts";
import type { Lowering, Site } from "./lowering.ts";
import { takenAlong } from "./weighted.ts";
import { reachOf } from "./windows.ts";
import { Writer } from "./writer.ts";

/** Places of a block, at most: an element is a sum of as many, each of them a node. */
const MOST = 256;

/** Axes of an image for which the runtime adds dilated blocks where they belong: of others it misses elements (findings/onnxruntime-col2im-dilations.sh). */
const DILATED_AXES = 2;

/**
 * The columns' elements that reach each element of the image, by the places of the block in their order: places in [block · columns],
 * undefined where none does.
 */
function reaching({ attributes }: Site, image: readonly number[], block: readonly number[], columns: number): (number | undefined)[][] | undefined {
  const rank = image.length;
  const [dilations, strides] = ["dilations", "strides"].map((name) => attributes.ints(name) ?? image.map(() => 1));
  const pads = attributes.ints("pads") ?? [...image, ...image].map(() => 0);
  if (block.length !== rank || dilations.length !== rank || strides.length !== rank || pads.length !== 2 * rank || sizeOf(block) > MOST) return undefined;
  if (rank !== DILATED_AXES && dilations.some((dilation) => dilation !== 1)) return undefined;
  const windows = image.map((size, k) => Math.floor((size + pads[k] + pads[k + rank] - reachOf({ kernel: block[k], dilation: dilations[k] })) / strides[k]) + 1);
  if (windows.some((count) => count < 1) || sizeOf(windows) !== columns) return undefined;
  const imageStrides = rowMajorStrides(image);
  return Array.from({ length: sizeOf(block) }, (_, place) => {
    const sources = new Array<number | undefined>(sizeOf(image)).fill(undefined);
    const inBlock = unravel(place, block);
    for (let column = 0; column < columns; column++) {
      const at = unravel(column, windows).map((window, k) => window * strides[k] - pads[k] + inBlock[k] * dilations[k]);
      if (at.every((c, k) => c >= 0 && c < image[k])) sources[at.reduce((sum, c, k) => sum + c * imageStrides[k], 0)] = place * columns + column;
    }
    return sources;
  });
}

/** Blocks added up where they overlap, from zero on, place by place of the block, as the runtime adds them. */
export const col2Im: Lowering = {
  onnx: { Col2Im: { since: 18, shapedBy: "values" } },
  into: ["Reshape", "Concat", "Gather", "Add"],
  keeps: "every bit",
  where: `its input is float32, image and block are constants, a block has at most ${MOST} places, and none is dilated but in images of ${DILATED_AXES} axes`,
  rewrite(site) {
    const { node, inputs } = site;
    const [dims, image, block] = [floatDims(inputs[0]), constantNumbers(inputs[1]), constantNumbers(inputs[2])];
    if (dims?.length !== 3 || image === undefined || block === undefined) return undefined;
    const [batch, rows, columns] = dims;
    const sources = reaching(site, image, block, columns);
    const channels = rows / sizeOf(block);
    if (sources === undefined || !Number.isInteger(channels)) return undefined;
    const w = new Writer(site);
    const [maps, elements] = [batch * channels, sizeOf(block) * columns];
    const zeros = (count: number): string => w.keep(filledWith("zero", DType.float32, [maps, count]));
    const all = w.concat([w.reshape(node.input[0], dims, [maps, elements]), zeros(1)], 1);
    const sum = sources.reduce((before, own) => w.add(before, takenAlong(w, all, 1, own.map((source) => source ?? elements))), zeros(sizeOf(image)));
    return w.doneAs(sum, [batch, channels, ...image]);
  },
};
