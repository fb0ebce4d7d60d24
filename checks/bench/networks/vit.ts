import { Graph } from "./graph.ts";
import { layerNorm, opsetFor, preNormLayer, type Gelu, type TransformerSize } from "./transformer.ts";

export interface VitSize extends TransformerSize {
  /** Of the square image, a multiple of the patch's side. */
  readonly side: number;
  readonly patch: number;
  readonly classes: number;
  readonly gelu?: Exclude<Gelu, "tanh">;
}

export const VIT_6: VitSize = { layers: 6, width: 384, heads: 6, inner: 1536, side: 224, patch: 16, classes: 1000 };

/** An encoder as in a vision transformer, with the mean of all patches in the place of a class token: [1, 3, side, side] → [1, classes]. */
export function vit(size: VitSize = VIT_6): Uint8Array {
  const { layers, width, side, patch, classes, gelu = "erf" } = size;
  const graph = new Graph(opsetFor(gelu));
  const tokens = (side / patch) ** 2;
  const weights = graph.normal([width, 3, patch, patch], (3 * patch * patch) ** -0.5);
  const patches = graph.node("Conv", ["image", weights, graph.normal([width], 0.02)], { kernel_shape: [patch, patch], strides: [patch, patch] });
  const flat = graph.node("Transpose", [graph.node("Reshape", [patches, graph.integers(1, width, tokens)])], { perm: [0, 2, 1] });
  let x = graph.node("Add", [flat, graph.normal([1, tokens, width], 0.02)]);
  for (let layer = 0; layer < layers; layer++) x = preNormLayer(graph, x, size, gelu);
  const pooled = graph.reduceMean(layerNorm(graph, x, width), 1);
  const logits = graph.node("Gemm", [pooled, graph.normal([width, classes], width ** -0.5), graph.normal([classes], 0.02)]);
  return graph.model("image", [1, 3, side, side], logits);
}
