import type { Constant } from "../../../onnx/tensor.ts";
import { DType, widthOf } from "../../../tensor/dtype.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import { wholeDims } from "../known.ts";
import type { Lowering, Site } from "../lowering.ts";
import { WRITTEN } from "../recurrent/activations.ts";
import { lstmCell } from "../recurrent/lstm.ts";
import { MOST_STEPS, unroll, type Weights } from "../recurrent/unroll.ts";
import type { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";
import { scaledProduct } from "./quantised.ts";

/** The places of both weights, of the lengths, and of scales and zero points by those of the weights that they belong to. */
const [W, R, LENGTHS] = [1, 2, 4];
const SCALES: Readonly<Record<number, number>> = { [W]: 8, [R]: 10 };
const ZEROS: Readonly<Record<number, number>> = { [W]: 9, [R]: 11 };
const INTEGERS: readonly number[] = [DType.int8, DType.uint8];

/** The direction's part of a constant, without the axis of directions. */
function partOf({ dtype, dims: [directions, ...rest], data }: Constant, direction: number): Constant {
  const bytes = sizeOf(rest) * widthOf(dtype);
  return { dtype, dims: rest, data: data.slice((direction % directions) * bytes, ((direction % directions) + 1) * bytes) };
}

const keptPart = (w: Writer, { inputs }: Site, input: number, direction: number): string => w.keep(partOf(inputs[input]!.constant!, direction));

/** Integer weights, [directions, columns, rows], with a scale and a zero point for each direction, or for each of its rows. */
const quantised: Weights = {
  shape({ inputs }) {
    const [weights, recurrent] = [W, R].map((input) => (INTEGERS.includes(inputs[input]?.dtype ?? 0) ? wholeDims(inputs[input]) : undefined));
    const isFixed = [W, R].every((input) => [input, SCALES[input], ZEROS[input]].every((i) => inputs[i]?.constant !== undefined));
    if (!isFixed || weights?.length !== 3 || recurrent?.length !== 3 || recurrent[2] !== weights[2]) return undefined;
    return { count: weights[0], rows: weights[2], hidden: recurrent[1] };
  },
  others: [W, R, ZEROS[W], ZEROS[R]],
  product: (site, w, _, direction) => (input) => {
    const [weights, scale, zero] = [input, SCALES[input], ZEROS[input]].map((i) => keptPart(w, site, i, direction));
    return (x) => {
      const [q, own, zeroOfX] = w.several("DynamicQuantizeLinear", [x], 3);
      return scaledProduct(w, [q, weights, zeroOfX, zero], w.mul(own, scale), "");
    };
  },
};

/** An LSTM whose weights are integers: X and every state are quantised as they come, all rows of a batch together. */
export const dynamicQuantizeLSTM: Lowering = {
  domain: MICROSOFT,
  onnx: { DynamicQuantizeLSTM: { since: 1, shapedBy: "shapes" } },
  into: [...WRITTEN, "DynamicQuantizeLinear", "MatMulInteger", "Cast", "Add", "Sub", "Mul", "Clip", "Slice", "Concat", "Reshape", "Identity"],
  difference: "portable",
  where: `its weights, their scales and zero points are constants, all sequences are as long as X, and they have at most ${MOST_STEPS} steps, both directions counted`,
  rewrite: (site) => ((site.node.input[LENGTHS] ?? "") === "" ? unroll(site, lstmCell, quantised) : undefined),
};
