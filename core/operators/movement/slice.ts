import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { sliced, viewAll } from "../../tensor/view.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { axisOf, identity, maxInputs, nearValuesOf, optional, required } from "../reading/requirements.ts";
import { moved } from "./order.ts";

interface Bounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

/**
 * Attributes up to opset 9, then inputs. Ends may lie anywhere and steps be of any length, exporters write 2⁶³ − 1 for all that
 * comes: so they are no 32-bit integers, and nothing depends on the last bits of one beyond 2⁵³.
 */
function boundsOf(node: GraphNode, rank: number): Bounds {
  const { attributes } = node;
  const [starts, ends, axes, steps] =
    node.opset < 10
      ? [attributes.wideInts("starts"), attributes.wideInts("ends"), attributes.wideInts("axes")]
      : (["starts", "ends", "axes", "steps"] as const).map((what, i) => {
          const value = optional(node, i + 1);
          return value && nearValuesOf(value, `its ${what}`);
        });
  attributes.refuseOthers();
  if (starts === undefined || ends === undefined) return refuse("its starts or ends are missing");
  const bounds = { starts, ends, axes: axes ?? identity(starts.length), steps: steps ?? starts.map(() => 1) };
  if (Object.values(bounds).some((list) => list.length !== starts.length)) refuse("its starts, ends, axes and steps are not of one number");
  return { ...bounds, axes: bounds.axes.map((axis) => axisOf(axis, rank)) };
}

/** Places from `start` to before `end`, both counted from the end where negative, and cut to the axis. */
function span(dim: number, start: number, end: number, step: number): { first: number; count: number } {
  const cut = (place: number): number => {
    const from = place < 0 ? place + dim : place;
    return step > 0 ? Math.min(Math.max(from, 0), dim) : Math.min(Math.max(from, -1), dim - 1);
  };
  const first = cut(start);
  return { first, count: Math.max(0, Math.ceil((cut(end) - first) / step)) };
}

function read(node: GraphNode): Mapped {
  maxInputs(node, 5);
  const x = required(node, 0);
  const { starts, ends, axes, steps } = boundsOf(node, x.dims.length);
  if (new Set(axes).size !== axes.length) refuse(`its axes [${axes.join(", ")}] repeat`);
  let taken = viewAll(x.dims);
  axes.forEach((axis, i) => {
    if (steps[i] === 0) refuse("a step is 0");
    const { first, count } = span(x.dims[axis], starts[i], ends[i], steps[i]);
    if (count === 0) refuse(`it takes nothing of axis ${axis}`);
    taken = sliced(taken, axis, first, count === 1 ? 1 : steps[i], count);
  });
  return moved(node, taken);
}

export const SLICE: Readonly<Record<string, OnnxForm>> = {
  Slice: { since: 1, shapedBy: "values", refused: ["starts, ends, axes or steps that are computed", "an empty output"], read },
};
