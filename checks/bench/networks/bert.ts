import { Graph } from "./graph.ts";
import { opsetFor, postNormLayer, type Gelu, type TransformerSize } from "./transformer.ts";

export interface BertSize extends TransformerSize {
  readonly tokens: number;
  readonly gelu?: Exclude<Gelu, "tanh">;
}

export const BERT_6: BertSize = { layers: 6, width: 768, heads: 12, inner: 3072, tokens: 128 };

/** An encoder as in BERT, from embedded tokens to the last layer's states: [1, tokens, width] both. */
export function bert(size: BertSize = BERT_6): Uint8Array {
  const { layers, width, tokens, gelu = "erf" } = size;
  const graph = new Graph(opsetFor(gelu));
  let x = "embedded";
  for (let layer = 0; layer < layers; layer++) x = postNormLayer(graph, x, size, gelu);
  return graph.model("embedded", [1, tokens, width], x);
}
