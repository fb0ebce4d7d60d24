import { numberIn } from "./figures.ts";
import type { Row, Stage } from "./rows.ts";

/** A step of the whole arithmetic. */
export interface Step {
  readonly stage: Stage;
  readonly row: Row;
}

export const stepsOf = (stages: readonly Stage[]): Step[] => stages.flatMap((stage) => stage.rows.map((row) => ({ stage, row })));

/** Points of a curve at most. */
const POINTS = 240;

/** How the result of a step after the other goes: heights from 0 to 1 over places from 0 to 1. Numbers that are not finite are left out. */
export function courseOf(rows: readonly Row[]): (readonly [x: number, y: number])[] {
  const stride = Math.max(1, Math.ceil(rows.length / POINTS));
  const last = rows.length - 1;
  const points = rows.flatMap((row, i): [number, number][] => {
    const value = numberIn(row.result);
    return (i % stride === 0 || i === last) && Number.isFinite(value) ? [[i / Math.max(1, last), value]] : [];
  });
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return points.map(([x, value]) => [x, most === least ? 0.5 : (value - least) / (most - least)]);
}
