import type { ModelEdge, ModelGraph } from "./modelGraph.ts";

/** Nodes with the edges between them. */
export interface Drawable {
  readonly ids: readonly number[];
  readonly edges: readonly ModelEdge[];
}

/**
 * Cuts a graph at its joints: nodes that everything that is computed before them goes through. Each segment begins with the node that
 * the one before ends with, so that segments can be laid out one by one: networks are mostly blocks in a row, and the time of a layout
 * grows faster than its nodes.
 * @param nodes each behind those that it reads
 */
export function segmentsOf({ nodes, edges }: Pick<ModelGraph, "nodes" | "edges">): Drawable[] {
  const position = new Map(nodes.map(({ id }, i) => [id, i]));
  const reach = reachOf(nodes.length, edges, position);
  const segments: { ids: number[]; edges: ModelEdge[] }[] = [];
  const segmentAt: number[] = [];
  let start = 0;
  let furthest = 0;
  for (let i = 0; i < nodes.length; i++) {
    const isLast = i === nodes.length - 1;
    // A joint: no edge from before it leads to behind it.
    if ((i > start && furthest <= i) || isLast) {
      segments.push({ ids: nodes.slice(start, i + 1).map(({ id }) => id), edges: [] });
      start = i;
    }
    furthest = Math.max(furthest, reach[i]);
    segmentAt.push(segments.length);
  }
  // An edge lies in the segment in which it begins; one that begins at a joint, in that behind it.
  for (const edge of edges) segments[Math.min(segmentAt[position.get(edge.from)!], segments.length - 1)].edges.push(edge);
  return segments;
}

/** The furthest position that a node's edges lead to; of a node that nobody reads, beyond all: it is on no way to a joint. */
function reachOf(count: number, edges: readonly ModelEdge[], position: ReadonlyMap<number, number>): number[] {
  const reach = new Array<number>(count).fill(-1);
  for (const { from, to } of edges) {
    const i = position.get(from)!;
    reach[i] = Math.max(reach[i], position.get(to)!);
  }
  return reach.map((furthest) => (furthest < 0 ? count : furthest));
}
