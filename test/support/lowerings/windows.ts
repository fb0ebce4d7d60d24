import type { Attribute } from "../onnxModel.ts";
import type { Random } from "../random.ts";
import { drawn, int, ints, parameter, real, shape, some, stated, x, type Cases, type Node } from "./drawing.ts";

const SAME = ["SAME_UPPER", "SAME_LOWER"];

const autoPad = (random: Random): Attribute => ({ string: random.pick(SAME) });

/** Sizes of a map on which a window has several places. */
const mapFor = (random: Random, kernel: readonly number[], dilations?: readonly number[]): number[] =>
  kernel.map((k, i) => (k - 1) * (dilations?.[i] ?? 1) + random.int(1, 6));

/** No longer than the kernel: where windows lie apart the runtime pads by less than nothing, and some of its pools fail. */
const stridesFor = (random: Random, kernel: readonly number[]): Attribute => ints(...kernel.map((k) => random.int(1, k)));

/** A convolution that leaves its padding to the runtime. */
export function paddedConvolution(random: Random): Node {
  const kernel = shape(random, random.int(1, 3), 4);
  const [group, channels, filters] = shape(random, 3, 3);
  return {
    inputs: [x(random.int(1, 2), group * channels, ...mapFor(random, kernel)), drawn([group * filters, channels, ...kernel], () => random.normal() / 4)],
    attributes: stated({ strides: some(random, ints(...kernel.map(() => random.int(1, 3)))), group: int(group), auto_pad: autoPad(random) }),
  };
}

/** Cases of operators with windows, and of pools over whole maps. */
export const WINDOWS: Readonly<Record<string, Cases>> = {
  ConvTranspose: {
    within: 1e-4,
    room: 2 ** -20,
    taken(random, opset) {
      const kernel = shape(random, random.int(1, 3), 4);
      const strides = kernel.map(() => random.int(1, 3));
      const dilations = kernel.map(() => random.pick([1, 1, 2, 3]));
      const [group, channels, filters] = shape(random, 3, 3);
      const map = shape(random, kernel.length, 4);
      const full = map.map((size, i) => (size - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1);
      const pads = full.map((size) => random.int(0, Math.min(3, Math.floor((size - 1) / 2))));
      const weights = [group * channels, filters, ...kernel];
      const mode = random.int(0, 3);
      const bias = some(random, parameter(random, [group * filters]));
      return {
        inputs: [x(random.int(1, 2), group * channels, ...map), opset < 10 ? drawn(weights, () => random.normal() / 4) : parameter(random, weights), ...(bias === undefined ? [] : [bias])],
        attributes: stated({
          group: int(group),
          strides: some(random, ints(...strides)) ?? (strides.every((stride) => stride === 1) ? undefined : ints(...strides)),
          dilations: ints(...dilations),
          pads: mode === 1 ? ints(...pads, ...pads.map((pad) => random.int(0, pad))) : undefined,
          output_padding: mode === 2 ? ints(...strides.map((stride) => random.int(0, stride - 1))) : undefined,
          auto_pad: mode === 3 ? autoPad(random) : undefined,
          output_shape: mode === 3 ? some(random, ints(...full.map((size, i) => random.int(Math.max(1, size - 3), size + strides[i] - 1)))) : undefined,
        }),
      };
    },
    left: { "with four axes": { inputs: [x(1, 1, 2, 2, 2, 2), drawn([1, 1, 1, 1, 1, 1], () => 1)], opset: 13 } },
  },
  MaxPool: {
    since: 8,
    within: 0,
    taken(random, opset) {
      const kernel = shape(random, random.int(1, 3), 4);
      const order = opset < 8 ? undefined : some(random, int(random.int(0, 1)));
      return {
        inputs: [x(random.int(1, 2), random.int(1, 3), ...mapFor(random, kernel))],
        attributes: stated({ kernel_shape: ints(...kernel), strides: some(random, stridesFor(random, kernel)), auto_pad: autoPad(random), storage_order: order }),
      };
    },
    left: {
      "with padding that is stated": { inputs: [x(1, 2, 5, 5)], attributes: { kernel_shape: ints(2, 2), pads: ints(0, 0, 1, 1) }, opset: 12 },
      "that is dilated, with padding of its own choice": { inputs: [x(1, 2, 7, 7)], attributes: { kernel_shape: ints(2, 2), dilations: ints(2, 1), auto_pad: { string: "SAME_UPPER" } }, opset: 12 },
    },
  },
  // Of a map of nothing but −∞ the runtime gives the least finite number, with which it begins.
  GlobalMaxPool: { within: 0, isTame: true, taken: (random) => ({ inputs: [x(...shape(random, random.int(3, 5), 6))] }) },
  GlobalLpPool: {
    since: 9,
    within: 5e-6,
    until: 21,
    taken: (random) => ({ inputs: [x(...shape(random, random.int(3, 5), 6))], attributes: stated({ p: some(random, int(random.int(1, 4))) }) }),
  },
  LpPool: {
    since: 9,
    within: 5e-6,
    taken(random, opset) {
      const kernel = shape(random, random.int(1, 3), 4);
      const dilations = opset >= 18 ? some(random, shape(random, kernel.length, 2)) : undefined;
      const pads = kernel.map((k) => random.int(0, k - 1));
      const auto = dilations === undefined && random.int(0, 2) === 0;
      return {
        inputs: [x(random.int(1, 2), random.int(1, 3), ...mapFor(random, kernel, dilations))],
        attributes: stated({
          kernel_shape: ints(...kernel),
          strides: some(random, stridesFor(random, kernel)),
          auto_pad: auto ? autoPad(random) : undefined,
          pads: auto ? undefined : some(random, ints(...pads, ...pads)),
          dilations: dilations && ints(...dilations),
          ceil_mode: opset >= 18 && !auto ? some(random, int(random.int(0, 1))) : undefined,
          p: some(random, int(random.int(1, 4))),
        }),
      };
    },
  },
  LRN: {
    since: 9,
    // The runtime's own sums run along the channels: it adds a square and later subtracts it, which leaves what the larger ones round.
    within: 5e-4,
    taken: (random) => ({
      inputs: [x(random.int(1, 2), random.int(1, 9), ...shape(random, 2, 5))],
      attributes: stated({ size: int(2 * random.int(0, 4) + 1), alpha: some(random, real(random.unit())), beta: some(random, real(random.pick([random.int(1, 20) / 8, 0.1 + random.unit()]))), bias: some(random, real(0.5 + random.unit())) }),
    }),
  },
};
