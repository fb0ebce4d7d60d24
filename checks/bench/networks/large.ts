import { Graph } from "./graph.ts";

const SIDE = 224;
const CHANNELS = 64;
/** Pairs of a pointwise convolution and a Relu: each of their maps has 12.8 MB. */
const PAIRS = 12;
const POOL = 16;
const CLASSES = 11_000;

/** A network with 552 MB of weights, nearly all of one linear layer, and 335 MB of trace: [1, 3, 224, 224] → [1, 11000]. */
export function large(): Uint8Array {
  const graph = new Graph(17);
  const pads = [1, 1, 1, 1];
  let x = graph.node("Relu", [graph.node("Conv", ["image", graph.normal([CHANNELS, 3, 3, 3], (2 / 27) ** 0.5)], { pads })]);
  for (let pair = 0; pair < PAIRS; pair++) x = graph.node("Relu", [graph.node("Conv", [x, graph.normal([CHANNELS, CHANNELS, 1, 1], (2 / CHANNELS) ** 0.5)])]);
  const features = CHANNELS * (SIDE / POOL) ** 2;
  const pooled = graph.node("Flatten", [graph.node("MaxPool", [x], { kernel_shape: [POOL, POOL], strides: [POOL, POOL] })]);
  const scores = graph.node("Gemm", [pooled, graph.normal([CLASSES, features], features ** -0.5)], { transB: 1 });
  return graph.model("image", [1, 3, SIDE, SIDE], scores);
}
