import { useMemo } from "react";
import { courseOf, type Step } from "../../replay/course.ts";

/** The results of all steps as a curve, up to the one in hand. */
export function Course({ steps, at }: { readonly steps: readonly Step[]; readonly at: number }) {
  const points = useMemo(() => courseOf(steps), [steps]);
  if (points.length < 3) return null;
  const place = at / Math.max(1, steps.length - 1);
  const drawn = (list: typeof points): string => list.map(([x, y]) => `${(1_000 * x).toFixed(1)},${(94 - 88 * y).toFixed(1)}`).join(" ");
  return (
    <svg className="course" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
      <polyline className="course-all" points={drawn(points)} />
      <polyline className="course-done" points={drawn(points.filter(([x]) => x <= place))} />
      <line x1={1_000 * place} x2={1_000 * place} y1="0" y2="100" />
    </svg>
  );
}
