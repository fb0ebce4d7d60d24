import { Graph } from "./graph.ts";
import { layerNorm, opsetFor, preNormLayer, type Gelu, type TransformerSize } from "./transformer.ts";

export interface GptSize extends TransformerSize {
  readonly tokens: number;
  readonly vocabulary: number;
  readonly gelu?: Gelu;
}

export const GPT_6: GptSize = { layers: 6, width: 768, heads: 12, inner: 3072, tokens: 64, vocabulary: 8192 };

/** The lowest float32: what a masked score becomes. */
const LOWEST = -3.4028234663852886e38;

/** A decoder as in GPT-2, from embedded tokens to logits: [1, tokens, width] → [1, tokens, vocabulary]. */
export function gpt(size: GptSize = GPT_6): Uint8Array {
  const { layers, width, tokens, vocabulary, gelu = "tanh" } = size;
  const graph = new Graph(opsetFor(gelu));
  const mask = graph.floats([tokens, tokens], Float32Array.from({ length: tokens ** 2 }, (_, i) => (i % tokens > i / tokens ? LOWEST : 0)));
  let x = graph.node("Add", ["embedded", graph.normal([tokens, width], 0.02)]);
  for (let layer = 0; layer < layers; layer++) x = preNormLayer(graph, x, size, gelu, mask);
  const logits = graph.node("MatMul", [layerNorm(graph, x, width), graph.normal([width, vocabulary], width ** -0.5)]);
  return graph.model("embedded", [1, tokens, width], logits);
}
