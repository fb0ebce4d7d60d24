import { DTypeUnsupported, fromInt, isInteger, toInt } from "../../math/element.ts";
import { isNaNBits } from "../../math/float32.ts";
import { LengthNotJudged } from "../../math/length.ts";
import type { Value } from "../../onnx/graphNode.ts";
import { Opcode, Rule, type Node } from "../../program/types.ts";
import { DType, widthOf } from "../../tensor/dtype.ts";
import { defineOperator, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { along, bytes, float, together } from "../reading/requirements.ts";
import { reductionTwin, type Range } from "../reduction.ts";
import { reduction } from "../slack/groups.ts";
import type { Inputs } from "../twin.ts";
import { AXES, axesWork, readReduction } from "./axes.ts";
import { alongAxes, readRegion } from "./region.ts";

const TYPES = [float, ...bytes, DType.int32, DType.int64] as const;
const GAS = { element: 480 };
const BIAS = 1n << 64n;

const greatest = (x: Value, axes: readonly number[]): Mapped => ({
  opcode: Opcode.ReduceMax,
  attributes: AXES.encode({ axes }),
  inputs: [x],
  rules: [Rule.equal],
  reads: [{ perm: together(x.dims.length, axes), elements: along(x.dims, axes) }],
});

/** A signed integer that orders numbers as their values. */
const orderOf = (bits: number): bigint => BigInt(bits >>> 31 === 0 ? bits : -(bits & 0x7fffffff));

/** Elements that one is the greatest of. */
const length = (node: Node): number => along(node.inputs[0]!.dims, AXES.of(node).axes);

/** Bits of the elements at some positions, which are elements in row-major order. */
function elements(node: Node, element: number, inputs: Inputs, { from, until }: Range): bigint[] {
  const x = input(inputs, 0);
  return readRegion(alongAxes(node, element, x, AXES.of(node).axes), (offset) => x.bits(offset), from, until);
}

/** Twin of contracts/ops/RunningMaximum.sol. */
const twin = reductionTwin<void>({
  words: () => 4,
  length,
  bytes: (node) => widthOf(node.inputs[0]!.dtype),
  fullest: () => 0,
  work: (node, element, x, range) => axesWork(node, elements(node, element, x, range).length, GAS.element),
  reduce(node, element, x, range, state) {
    const { dtype } = node.output;
    if (dtype !== DType.float32 && !isInteger(dtype)) throw new DTypeUnsupported(dtype);
    // INVARIANT: nothing has no greatest element, and no verdict.
    if (length(node) === 0) throw new LengthNotJudged(0, 2 ** 32 - 1);
    for (const bits of elements(node, element, x, range)) {
      if (dtype === DType.float32 && isNaNBits(Number(bits))) {
        state[3]++;
        continue;
      }
      const value = dtype === DType.float32 ? orderOf(Number(bits)) : toInt(dtype, bits);
      if (BIAS + value > state[1]) state[1] = BIAS + value;
      if (BIAS - value > state[2]) state[2] = BIAS - value;
    }
  },
  conclude({ output: { dtype } }, _x, _rest, [, above, below, nans], claimed) {
    if (dtype !== DType.float32) return claimed === fromInt(dtype, above - BIAS);
    const isNaN = isNaNBits(Number(claimed));
    const value = orderOf(Number(claimed));
    if (nans === 0n) return !isNaN && value === above - BIAS;
    // INVARIANT: every step of a maximum gives one of its two operands, and with a NaN either, which depends on the processor:
    // so the result is an element. Which there are is not carried, but between which they lie.
    if (isNaN || above === 0n) return isNaN;
    return value <= above - BIAS && value >= BIAS - below;
  },
});

const back: Slope = ({ mapped, inputs, output }, outer, into) => {
  const x = into(0);
  if (x === undefined) return;
  const left = new Set<number>(outer.keys());
  reduction(mapped.inputs[0]!.dims, AXES.of(mapped).axes).groups.forEach((group, i) => {
    if (inputs[0]![i] === output[group] && left.delete(group)) x[i] += outer[group];
  });
};

export const reduceMax = defineOperator({
  name: "ReduceMax",
  opcode: 0x0602,
  formula: "y = the greatest element along the axes",
  library: "RunningMaximum",
  onnx: { ReduceMax: { since: 1, shapedBy: "values", refused: ["axes that are computed or repeat"], read: readReduction(greatest, ...TYPES) } },
  inputs: ["data"],
  attributes: AXES,
  types: TYPES,
  gas: GAS,
  rules: [Rule.equal],
  ...twin,
  slope: { follows: "all", back },
});
