import { classifier, normalisedConv } from "./convolutional.ts";
import { Graph } from "./graph.ts";

export interface ResnetSize {
  /** Of the square image. */
  readonly side: number;
  /** Channels of the first stage inside its blocks; each further stage has twice as many. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly stages: readonly number[];
  readonly classes: number;
}

export const RESNET_50: ResnetSize = { side: 224, width: 64, stages: [3, 4, 6, 3], classes: 1000 };

/** Channels that a block gives, for one inside it. */
const EXPANSION = 4;

/** A residual network of bottlenecks, with the stride in the 3×3 convolution: [1, 3, side, side] → [1, classes]. */
export function resnet({ side, width, stages, classes }: ResnetSize = RESNET_50): Uint8Array {
  const graph = new Graph(17);
  const stem = graph.node("Relu", [normalisedConv(graph, "image", { from: 3, to: width, kernel: 7, stride: 2 })]);
  let x = graph.node("MaxPool", [stem], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] });
  let from = width;
  stages.forEach((blocks, stage) => {
    const inner = width * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      x = bottleneck(graph, x, from, inner, block === 0 && stage > 0 ? 2 : 1);
      from = EXPANSION * inner;
    }
  });
  return graph.model("image", [1, 3, side, side], classifier(graph, x, from, classes));
}

function bottleneck(graph: Graph, x: string, from: number, inner: number, stride: number): string {
  const to = EXPANSION * inner;
  const narrow = graph.node("Relu", [normalisedConv(graph, x, { from, to: inner, kernel: 1 })]);
  const seen = graph.node("Relu", [normalisedConv(graph, narrow, { from: inner, to: inner, kernel: 3, stride })]);
  const wide = normalisedConv(graph, seen, { from: inner, to, kernel: 1, gain: 0.5 });
  const shortcut = from === to && stride === 1 ? x : normalisedConv(graph, x, { from, to, kernel: 1, stride, gain: 1 });
  return graph.node("Relu", [graph.node("Add", [wide, shortcut])]);
}
