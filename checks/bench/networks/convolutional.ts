/** The parts that convolutional networks share. Values are [1, channels, height, width]. */
import type { Graph } from "./graph.ts";

export interface Convolution {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly group?: number;
  /** What it makes of the deviation of its input; √2 where it is not given, which an activation brings back. */
  readonly gain?: number;
}

/** A convolution without bias that keeps the map's size but for its stride, and a batch normalisation. */
export function normalisedConv(graph: Graph, x: string, { from, to, kernel, stride = 1, group = 1, gain = Math.SQRT2 }: Convolution): string {
  const taps = (from / group) * kernel * kernel;
  const weights = graph.normal([to, from / group, kernel, kernel], gain * taps ** -0.5);
  const pad = (kernel - 1) / 2;
  const attributes = { group, kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] };
  const [scale, bias, mean] = [graph.normal([to], 0.1, 1), graph.normal([to], 0.1), graph.normal([to], 0.1)];
  const statistics = [scale, bias, mean, graph.uniform([to], 0.8, 1.2)];
  return graph.node("BatchNormalization", [graph.node("Conv", [x, weights], attributes), ...statistics], { epsilon: { float: 1e-5 } });
}

/** The mean of each channel's map, and a linear layer: [1, classes]. */
export function classifier(graph: Graph, x: string, channels: number, classes: number): string {
  const pooled = graph.node("Flatten", [graph.node("GlobalAveragePool", [x])]);
  return graph.node("Gemm", [pooled, graph.normal([classes, channels], channels ** -0.5), graph.normal([classes], 0.02)], { transB: 1 });
}
