import type { Layout } from "./layout.ts";
import type { ModelEdge } from "./modelGraph.ts";

const KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"] as const;
type Key = (typeof KEYS)[number];

export const isWalkKey = (key: string): key is Key => (KEYS as readonly string[]).includes(key);

/**
 * Where a key leads from a node: up and down along edges, to the nearest of several; left and right among the nodes of the same rank;
 * Home and End to the first and the last of the picture. Undefined where there is nothing.
 */
export function walk(key: Key, from: number, { places }: Layout, edges: readonly ModelEdge[]): number | undefined {
  const here = places.get(from)!;
  const nearest = (ids: readonly number[]): number | undefined =>
    ids.reduce<number | undefined>((best, id) => (best === undefined || distance(id) < distance(best) ? id : best), undefined);
  const distance = (id: number): number => Math.abs(places.get(id)!.x - here.x) + Math.abs(places.get(id)!.y - here.y);
  const beside = (side: number): number[] => [...places].flatMap(([id, { x, y }]) => (y === here.y && (x - here.x) * side > 0 ? [id] : []));
  switch (key) {
    case "ArrowUp":
      return nearest(edges.flatMap((edge) => (edge.to === from ? [edge.from] : [])));
    case "ArrowDown":
      return nearest(edges.flatMap((edge) => (edge.from === from ? [edge.to] : [])));
    case "ArrowLeft":
      return nearest(beside(-1));
    case "ArrowRight":
      return nearest(beside(1));
    case "Home":
      return [...places].reduce((first, next) => (next[1].y < first[1].y ? next : first))[0];
    case "End":
      return [...places].reduce((last, next) => (next[1].y > last[1].y ? next : last))[0];
  }
}
