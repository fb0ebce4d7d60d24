import { refuse } from "../../faults.ts";
import { lineUp } from "../../merkle/cover.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import type { Node } from "../../program/types.ts";
import type { DType } from "../../tensor/dtype.ts";
import { commitStrides } from "../../tensor/shape.ts";
import { integers, remarked, rowAttributes } from "../attributes.ts";
import { sameElements } from "../movement/reshapes.ts";
import type { Mapped } from "../reading/mapped.ts";
import { axisOf, checkOutput, identity, maxInputs, optional, required, typed, valuesOf } from "../reading/requirements.ts";
import type { Work } from "../work.ts";

/** Attributes of a reduction along whole axes. */
export const AXES = rowAttributes({ axes: remarked(integers, "ascending") });

/** A reduction of ONNX along whole axes: all of them where none are stated. `along` makes the row for one that changes elements. */
export const readReduction =
  (along: (x: Value, axes: readonly number[]) => Mapped, ...types: readonly DType[]) =>
  (node: GraphNode): Mapped => {
    maxInputs(node, 2);
    const x = typed(required(node, 0), ...types);
    const rank = x.dims.length;
    const keep = node.attributes.int("keepdims", 1) !== 0;
    const noop = node.attributes.int("noop_with_empty_axes", 0) !== 0;
    const second = optional(node, 1);
    const given = second === undefined ? (node.attributes.ints("axes") ?? []) : valuesOf(second, "its axes");
    node.attributes.refuseOthers();
    if (given.length === 0 && noop) return sameElements(node);
    const axes = given.length === 0 ? identity(rank) : given.map((axis) => axisOf(axis, rank));
    axes.sort((a, b) => a - b);
    if (new Set(axes).size !== axes.length) refuse(`its axes [${given.join(", ")}] repeat`);
    if (axes.length === 0) return sameElements(node);
    checkOutput(
      node,
      x.dims.flatMap((dim, axis) => (!axes.includes(axis) ? [dim] : keep ? [1] : [])),
    );
    return along(x, axes);
  };

/** What it takes to read and to accumulate so many elements along the axes of a row, given the gas of one. */
export function axesWork(node: Node, count: number, gas: number): Work {
  const { dims, perm } = node.inputs[0]!;
  const strides = commitStrides(dims, perm);
  const axes = lineUp(AXES.of(node).axes.map((a) => ({ count: dims[a], stride: strides[a] })));
  const lines = 2 + Math.floor(count / (axes.at(-1)?.count ?? 1));
  return { gas: gas * count, runLines: lines, runSteps: lines * axes.length, words: count };
}
