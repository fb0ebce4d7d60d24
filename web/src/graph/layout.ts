import { Graph, layout } from "@dagrejs/dagre";
import type { ModelEdge, ModelGraph } from "./modelGraph.ts";
import { segmentsOf, type Drawable } from "./segments.ts";

/** Of a node in the picture, in pixels. */
export const NODE = { width: 180, height: 54 } as const;

/** Pixels between nodes beside each other, and between ranks. */
const GAPS = { nodesep: 24, edgesep: 12, ranksep: 34 } as const;

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

export const edgeKey = ({ from, to }: ModelEdge): string => `${from}-${to}`;

/**
 * Lays a graph out in layers, so that edges lead down and cross little (Sugiyama's method): segment by segment, each of which begins
 * where the node stands that the one before ends with. Throws a RangeError for a segment that is too deep for the library's recursion.
 */
export function layOut(graph: Pick<ModelGraph, "nodes" | "edges">): Layout {
  const places = new Map<number, Point>();
  const routes = new Map<string, readonly Point[]>();
  for (const segment of segmentsOf(graph)) {
    const laid = layOutSegment(segment);
    const joint = segment.ids[0];
    const [there, here] = [places.get(joint), laid.places.get(joint)!];
    const shift = there === undefined ? { x: 0, y: 0 } : { x: there.x - here.x, y: there.y - here.y };
    for (const [id, place] of laid.places) places.set(id, moved(place, shift));
    for (const [key, route] of laid.routes) routes.set(key, route.map((point) => moved(point, shift)));
  }
  return framed(places, routes);
}

const moved = ({ x, y }: Point, by: Point): Point => ({ x: x + by.x, y: y + by.y });

function layOutSegment({ ids, edges }: Drawable): Pick<Layout, "places" | "routes"> {
  const graph = new Graph({ directed: true });
  graph.setGraph({ rankdir: "TB", ...GAPS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(String(id), { ...NODE });
  for (const { from, to } of edges) graph.setEdge(String(from), String(to));
  layout(graph);
  const cornerOf = (id: number): Point => moved(graph.node(String(id)) as Point, { x: -NODE.width / 2, y: -NODE.height / 2 });
  const routeOf = ({ from, to }: ModelEdge): readonly Point[] => (graph.edge(String(from), String(to)) as { points: Point[] }).points;
  return { places: new Map(ids.map((id) => [id, cornerOf(id)])), routes: new Map(edges.map((edge) => [edgeKey(edge), routeOf(edge)])) };
}

/** The same, with nothing left of or above the origin. */
function framed(places: ReadonlyMap<number, Point>, routes: ReadonlyMap<string, readonly Point[]>): Layout {
  const corners = [...places.values(), ...[...routes.values()].flat()];
  const least = (of: (point: Point) => number): number => corners.reduce((min, point) => Math.min(min, of(point)), Infinity);
  const shift = { x: -least(({ x }) => x), y: -least(({ y }) => y) };
  const ends = [...places.values()].map((place) => moved(place, { x: shift.x + NODE.width, y: shift.y + NODE.height }));
  return {
    width: ends.reduce((most, { x }) => Math.max(most, x), 0),
    height: ends.reduce((most, { y }) => Math.max(most, y), 0),
    places: new Map([...places].map(([id, place]) => [id, moved(place, shift)])),
    routes: new Map([...routes].map(([key, route]) => [key, route.map((point) => moved(point, shift))])),
  };
}
