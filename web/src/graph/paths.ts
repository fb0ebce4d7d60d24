import type { Point } from "./layout.ts";

/**
 * An SVG path from the first point to the last that is drawn towards the points between: through the middles of the lines between
 * them, with the points themselves as the control points of quadratic curves.
 */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (last === undefined) return "";
  let path = `M${at(first)}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    path += ` Q${at(point)} ${at(next === undefined ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return rest.length === 0 ? `${path} L${at(last)}` : path;
}

const at = ({ x, y }: Point): string => `${round(x)},${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;
