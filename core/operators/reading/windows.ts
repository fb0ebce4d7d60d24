import { refuse } from "../../faults.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import type { Window } from "../../tensor/geometry.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Reading } from "./mapped.ts";
import { identity, together } from "./requirements.ts";

/** The window that a node's attributes state, over the spatial axes of `x`. */
export function readWindow(node: GraphNode, x: Value, kernel: readonly number[]): Window {
  const { attributes } = node;
  const spatial = x.dims.length - 2;
  if (spatial < 1 || spatial > 3) refuse(`an input of rank ${x.dims.length} is not supported: 3, 4 and 5 are`);
  const list = (name: string, absent: number, count: number, least: number): readonly number[] => {
    const values = attributes.ints(name) ?? new Array<number>(count).fill(absent);
    if (values.length !== count) refuse(`${name} has ${values.length} entries instead of ${count}`);
    if (values.some((value) => value < least)) refuse(`${name} [${values.join(", ")}] has an entry below ${least}`);
    return values;
  };
  if (kernel.length !== spatial || kernel.some((size) => size < 1)) {
    refuse(`the kernel [${kernel.join(", ")}] does not fit ${spatial} spatial axes`);
  }
  const autoPad = attributes.text("auto_pad", "NOTSET");
  if (autoPad !== "NOTSET" && autoPad !== "VALID") {
    refuse(`auto_pad ${autoPad} leaves the padding to the runtime; export the model with explicit pads`);
  }
  const pads = list("pads", 0, 2 * spatial, 0);
  if (autoPad === "VALID" && pads.some((pad) => pad !== 0)) refuse("auto_pad VALID contradicts its pads");
  return {
    kernel,
    strides: list("strides", 1, spatial, 1),
    begins: pads.slice(0, spatial),
    ends: pads.slice(spatial),
    dilations: list("dilations", 1, spatial, 1),
  };
}

/** A window over several channels reads a position's channels together; over one channel it reads row-major. */
export function mapReading(x: Value, channels: number, kernel: readonly number[]): Reading {
  const rank = x.dims.length;
  return { perm: channels > 1 ? together(rank, [1]) : identity(rank), elements: channels * sizeOf(kernel) };
}
