import { anyShape, int, ints, some, stated, wide, x, type Cases } from "./drawing.ts";

const reduces = (axesAreInput: number, within: number, more: Partial<Cases> = {}): Cases => ({
  within,
  ...more,
  taken(random, opset) {
    const dims = anyShape(random);
    const axes = dims.map((_, axis) => axis).filter(() => random.int(0, 1) === 0);
    const isStated = axes.length > 0;
    const signed = axes.map((axis) => (opset >= 11 && random.int(0, 1) === 0 ? axis - dims.length : axis));
    const isInput = opset >= axesAreInput;
    const isNone = isInput && random.int(0, 5) === 0;
    return {
      inputs: [x(...dims), ...(isNone ? random.pick([[], [wide()]]) : isStated && isInput ? [wide(...signed)] : [])],
      attributes: stated({ noop_with_empty_axes: isNone ? int(1) : undefined, keepdims: some(random, int(random.int(0, 1))), axes: isStated && !isInput ? ints(...signed) : undefined }),
    };
  },
  left: {
    "over computed axes": { inputs: [x(2, 3), { dtype: 7, dims: [1] }], opset: axesAreInput },
  },
});

/** Cases of reductions along axes, or none. */
export const REDUCTIONS: Readonly<Record<string, Cases>> = {
  ReduceSum: reduces(13, 5e-5),
  ReduceMean: reduces(18, 5e-6),
  ReduceL1: reduces(18, 5e-5),
  ReduceL2: reduces(18, 5e-5),
  ReduceSumSquare: reduces(18, 5e-5),
  ReduceMin: reduces(18, 0),
  ReduceProd: reduces(18, 1e-5, { isOrdered: true }),
  ReduceLogSum: reduces(18, 5e-6, { since: 9 }),
  ReduceLogSumExp: reduces(18, 5e-6, { since: 9 }),
};
