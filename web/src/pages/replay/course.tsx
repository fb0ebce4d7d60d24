import { useMemo } from "react";
import { courseOf } from "../../replay/course.ts";
import type { Row } from "../../replay/rows.ts";

/** The results of a stage's steps as a curve, up to the one in hand. */
export function Course({ rows, at }: { readonly rows: readonly Row[]; readonly at: number }) {
  const points = useMemo(() => courseOf(rows), [rows]);
  if (points.length < 3) return null;
  const place = at / Math.max(1, rows.length - 1);
  const drawn = (list: typeof points): string => list.map(([x, y]) => `${(1_000 * x).toFixed(1)},${(94 - 88 * y).toFixed(1)}`).join(" ");
  return (
    <svg className="course" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
      <polyline className="course-all" points={drawn(points)} />
      <polyline className="course-done" points={drawn(points.filter(([x]) => x <= place))} />
      <line x1={1_000 * place} x2={1_000 * place} y1="0" y2="100" />
    </svg>
  );
}
