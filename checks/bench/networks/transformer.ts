/** The parts that transformers share. Values are [1, tokens, width]. */
import type { Graph } from "./graph.ts";

export interface TransformerSize {
  readonly layers: number;
  /** A multiple of the heads. */
  readonly width: number;
  readonly heads: number;
  /** Width between the two products of a layer's second half. */
  readonly inner: number;
}

/** How Gelu is written: in terms of Erf, in terms of Tanh, or as the operator that came with opset 20. */
export type Gelu = "erf" | "tanh" | "operator";

export const opsetFor = (gelu: Gelu): number => (gelu === "operator" ? 20 : 17);

const EPSILON = { float: 1e-5 };

export function linear(graph: Graph, x: string, from: number, to: number): string {
  const product = graph.node("MatMul", [x, graph.normal([from, to], from ** -0.5)]);
  return graph.node("Add", [product, graph.normal([to], 0.02)]);
}

export const layerNorm = (graph: Graph, x: string, width: number): string =>
  graph.node("LayerNormalization", [x, graph.normal([width], 0.1, 1), graph.normal([width], 0.1)], { axis: -1, epsilon: EPSILON });

export function gelu(graph: Graph, x: string, form: Gelu): string {
  if (form === "operator") return graph.node("Gelu", [x]);
  const gate = form === "erf" ? graph.node("Erf", [graph.node("Div", [x, graph.scalar(Math.SQRT2)])]) : graph.node("Tanh", [tanhArgument(graph, x)]);
  const share = graph.node("Add", [gate, graph.scalar(1)]);
  return graph.node("Mul", [graph.node("Mul", [x, share]), graph.scalar(0.5)]);
}

/** √(2/π) · (x + 0.044715 · x³) */
function tanhArgument(graph: Graph, x: string): string {
  const cube = graph.node("Mul", [graph.node("Mul", [x, x]), x]);
  const sum = graph.node("Add", [x, graph.node("Mul", [cube, graph.scalar(0.044715)])]);
  return graph.node("Mul", [sum, graph.scalar(Math.sqrt(2 / Math.PI))]);
}

const softmax = (graph: Graph) => (x: string) => graph.node("Softmax", [x], { axis: -1 });

/**
 * @param mask what is added to the scores, [tokens, tokens]
 * @param shares what makes shares of the scores of a row
 */
export function attention(graph: Graph, x: string, { width, heads }: TransformerSize, mask?: string, shares = softmax(graph)): string {
  const depth = width / heads;
  const [query, key, value] = [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]].map((perm) => {
    const split = graph.node("Reshape", [linear(graph, x, width, width), graph.integers(0, 0, heads, depth)]);
    return graph.node("Transpose", [split], { perm });
  });
  const scores = graph.node("Div", [graph.node("MatMul", [query, key]), graph.scalar(Math.sqrt(depth))]);
  const masked = mask === undefined ? scores : graph.node("Add", [scores, mask]);
  const read = graph.node("MatMul", [shares(masked), value]);
  const joined = graph.node("Reshape", [graph.node("Transpose", [read], { perm: [0, 2, 1, 3] }), graph.integers(0, 0, width)]);
  return linear(graph, joined, width, width);
}

export const feedForward = (graph: Graph, x: string, { width, inner }: TransformerSize, form: Gelu): string =>
  linear(graph, gelu(graph, linear(graph, x, width, inner), form), inner, width);

/** A layer that normalises what its two halves read. */
export function preNormLayer(graph: Graph, x: string, size: TransformerSize, form: Gelu, mask?: string): string {
  const attended = graph.node("Add", [x, attention(graph, layerNorm(graph, x, size.width), size, mask)]);
  return graph.node("Add", [attended, feedForward(graph, layerNorm(graph, attended, size.width), size, form)]);
}

/** A layer that normalises the sums. */
export function postNormLayer(graph: Graph, x: string, size: TransformerSize, form: Gelu): string {
  const attended = layerNorm(graph, graph.node("Add", [x, attention(graph, x, size)]), size.width);
  return layerNorm(graph, graph.node("Add", [attended, feedForward(graph, attended, size, form)]), size.width);
}
