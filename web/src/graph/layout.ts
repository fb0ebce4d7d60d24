import { Graph, layout } from "@dagrejs/dagre";
import type { ModelGraph } from "./modelGraph.ts";

/** Of a node in the picture, in pixels. */
export const NODE = { width: 180, height: 58 } as const;

/** Pixels between nodes beside each other, and between ranks. */
const GAPS = { nodesep: 24, edgesep: 12, ranksep: 44 } as const;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything stands: from the inputs at the top downwards. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Upper left corners, by the nodes' ids. */
  readonly places: ReadonlyMap<number, Point>;
  /** The points that an edge leads through from the border of one node to that of the other, by `edgeKey`. */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

export const edgeKey = (from: number, to: number): string => `${from}-${to}`;

/** Lays a graph out in layers, so that edges lead down and cross little (Sugiyama's method). */
export function layOut({ nodes, edges }: Pick<ModelGraph, "nodes" | "edges">): Layout {
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: "TB", ...GAPS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(String(id), { ...NODE });
  for (const { from, to } of edges) graph.setEdge(String(from), String(to));
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const places = nodes.map(({ id }): [number, Point] => {
    const { x, y } = graph.node(String(id)) as Point;
    return [id, { x: x - NODE.width / 2, y: y - NODE.height / 2 }];
  });
  const routes = edges.map(({ from, to }): [string, readonly Point[]] => [edgeKey(from, to), (graph.edge(String(from), String(to)) as { points: Point[] }).points]);
  return { width, height, places: new Map(places), routes: new Map(routes) };
}
