import type { ModelGraph } from "./modelGraph.ts";

/** The part of a graph that lies nearest to a node, along edges in either direction: at most so many nodes. */
export function around({ nodes, edges, inputs, outputs }: ModelGraph, center: number, most: number): ModelGraph {
  const beside = neighbours(edges);
  const near = new Set([center]);
  // A set is walked through in the order in which it grows.
  for (const id of near) {
    for (const next of beside.get(id) ?? []) if (near.size < most) near.add(next);
    if (near.size >= most) break;
  }
  const isNear = (id: number): boolean => near.has(id);
  return {
    nodes: nodes.filter(({ id }) => isNear(id)),
    edges: edges.filter(({ from, to }) => isNear(from) && isNear(to)),
    inputs: inputs.filter(isNear),
    outputs: outputs.filter(isNear),
  };
}

function neighbours(edges: ModelGraph["edges"]): ReadonlyMap<number, readonly number[]> {
  const beside = new Map<number, number[]>();
  const add = (from: number, to: number): void => {
    const known = beside.get(from);
    if (known === undefined) beside.set(from, [to]);
    else known.push(to);
  };
  for (const { from, to } of edges) {
    add(from, to);
    add(to, from);
  }
  return beside;
}
