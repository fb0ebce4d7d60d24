import { classifier, normalisedConv } from "./convolutional.ts";
import { Graph } from "./graph.ts";

/** Blocks of one width, the first of which has the stride. */
export interface MobileStage {
  /** Channels inside a block, for one that it reads. */
  readonly expansion: number;
  readonly channels: number;
  readonly blocks: number;
  readonly stride: number;
}

export interface MobilenetSize {
  /** Of the square image. */
  readonly side: number;
  /** Channels before the first stage and after the last. */
  readonly stem: number;
  readonly head: number;
  readonly stages: readonly MobileStage[];
  readonly classes: number;
  readonly activation?: "HardSwish" | "Relu6";
}

const stage = (expansion: number, channels: number, blocks: number, stride: number): MobileStage => ({ expansion, channels, blocks, stride });

/** The layers of MobileNet V2. */
export const MOBILENET: MobilenetSize = {
  side: 224,
  stem: 32,
  head: 1280,
  stages: [stage(1, 16, 1, 1), stage(6, 24, 2, 2), stage(6, 32, 3, 2), stage(6, 64, 4, 2), stage(6, 96, 3, 1), stage(6, 160, 3, 2), stage(6, 320, 1, 1)],
  classes: 1000,
};

/** Inverted residuals, depthwise 3×3 between pointwise convolutions: [1, 3, side, side] → [1, classes]. */
export function mobilenet({ side, stem, head, stages, classes, activation = "HardSwish" }: MobilenetSize = MOBILENET): Uint8Array {
  const graph = new Graph(17);
  const activate = (x: string): string =>
    activation === "HardSwish" ? graph.node("HardSwish", [x]) : graph.node("Clip", [x, graph.scalar(0), graph.scalar(6)]);
  const inverted = (x: string, from: number, { expansion, channels }: MobileStage, stride: number): string => {
    const inner = expansion * from;
    const wide = expansion === 1 ? x : activate(normalisedConv(graph, x, { from, to: inner, kernel: 1 }));
    const seen = activate(normalisedConv(graph, wide, { from: inner, to: inner, kernel: 3, stride, group: inner }));
    const narrow = normalisedConv(graph, seen, { from: inner, to: channels, kernel: 1, gain: 1 });
    return stride === 1 && from === channels ? graph.node("Add", [x, narrow]) : narrow;
  };
  let x = activate(normalisedConv(graph, "image", { from: 3, to: stem, kernel: 3, stride: 2 }));
  let from = stem;
  for (const stage of stages) {
    for (let block = 0; block < stage.blocks; block++) {
      x = inverted(x, from, stage, block === 0 ? stage.stride : 1);
      from = stage.channels;
    }
  }
  const last = activate(normalisedConv(graph, x, { from, to: head, kernel: 1 }));
  return graph.model("image", [1, 3, side, side], classifier(graph, last, head, classes));
}
