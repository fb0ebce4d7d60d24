import type { Random } from "../random.ts";
import { drawn, int, shape, sizeOf, some, stated, wide, x, type Cases } from "./drawing.ts";

/** A loss over classes that are constants, one of them ignored now and then. */
const loss = (within: number): Cases => ({
  within,
  taken(random: Random) {
    const classes = random.int(2, 6);
    const [batch, ...map] = shape(random, random.int(1, 3), 4);
    const places = [batch, ...map];
    const ignored = random.int(0, 1) === 0 ? undefined : random.pick([-1, 0, classes]);
    // One place at least counts: of none there is no mean.
    const drawClass = (i: number): number => (i > 0 && ignored !== undefined && random.int(0, 3) === 0 ? ignored : random.int(1, classes - 1));
    const target = { ...wide(...Array.from({ length: sizeOf(places) }, (_, i) => drawClass(i))), dims: places };
    const weights = some(random, drawn([classes], () => 0.1 + random.unit()));
    return {
      inputs: [x(batch, classes, ...map), target, ...(weights === undefined ? [] : [weights])],
      attributes: stated({ ignore_index: ignored === undefined ? undefined : int(ignored), reduction: { string: random.pick(["none", "sum", "mean"]) } }),
    };
  },
});

/** Cases of losses, which are outputs of models that were exported while they learned. */
export const LOSSES: Readonly<Record<string, Cases>> = { NegativeLogLikelihoodLoss: loss(1e-5), SoftmaxCrossEntropyLoss: loss(1e-5) };
