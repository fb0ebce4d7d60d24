import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { anything, int32, numbers, octets, words } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawScaling } from "./support/perAxis.ts";

const output = (dims: readonly number[]) => ({ dtype: DType.float32, dims });
/** Of which some are no float32. */
const LARGE = [16777217, -16777217, 2147483647, -2147483648, 33554435];

export const dequantizeLinear: OperatorCases = {
  keepsSigns: true,
  random(random) {
    const type = random.pick([DType.int8, DType.uint8, DType.int32]);
    const { shape, scale, zero, attributes } = drawScaling(random, type);
    return caseOf({ op: "DequantizeLinear", attributes, inputs: [anything(type, shape, random), scale, zero], output: output(shape) }, random);
  },
  every: [0x3fc00000, 0x3fc00001, 0x3eaaaaab, 0x3f7fffff].map((scale) =>
    caseOf({ op: "DequantizeLinear", inputs: [int32([5], LARGE), words([], [scale])], output: output([5]) }),
  ),
  special: [
    {
      about: "2^24 + 1 is no float32: it becomes 2^24 before it is multiplied",
      of: caseOf({ op: "DequantizeLinear", inputs: [int32([1], [2 ** 24 + 1]), words([], [0x3f800001])], output: output([1]) }),
      leaves: [0x4b800001n],
      not: [0x4b800002n],
    },
    ...[0, 100, 255].map((x) => ({
      about: `(${x} − 100) / 8`,
      of: caseOf({ op: "DequantizeLinear", inputs: [octets(DType.uint8, [1], [x]), numbers([], [1 / 8]), octets(DType.uint8, [], [100])], output: output([1]) }),
      leaves: [(x - 100) / 8],
    })),
    {
      about: "a scale of shape [1] and a zero point without axes serve the whole tensor",
      of: caseOf({ op: "DequantizeLinear", attributes: { axis: { int: 0 } }, inputs: [octets(DType.uint8, [1], [116]), numbers([1], [1 / 8]), octets(DType.uint8, [], [100])], output: output([1]) }),
      leaves: [2],
    },
  ],
};
