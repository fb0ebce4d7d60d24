import { DTypeUnsupported } from "../../math/element.ts";
import { bitsOf, floatOf, sameFloatBits } from "../../math/float32.ts";
import { DType } from "../../tensor/dtype.ts";
import { commitOffset, sizeOf, unravel } from "../../tensor/shape.ts";
import { oneElement, whole, type Replay, type Twin } from "../descriptor.ts";
import { input } from "../operands.ts";
import { requireSchedule } from "./lanes.ts";

const round = Math.fround;

/** x·s + (b − mean·s) with s = scale · (1 / √(var + ε)). */
function affine(x: number, [scale, b, mean, variance]: readonly number[], epsilon: number): number {
  const s = round(scale * round(1 / round(Math.sqrt(round(variance + epsilon)))));
  return round(round(x * s) + round(b - round(mean * s)));
}

type Attributes = (row: { readonly attributes: readonly number[] }) => { readonly epsilon: number };

/** Twin of contracts/ops/BatchNormalizationLanes.sol. */
export function batchNormalizationLanes(of: Attributes): Twin {
  return whole((node, element, claimed, x) => {
    if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
    requireSchedule([{ chunk: 0, flags: 0 }], node);
    const data = input(x, 0);
    const channel = unravel(element, node.output.dims)[1];
    const parameters = [1, 2, 3, 4].map((i) => floatOf(input(x, i).u32(channel)));
    const value = affine(floatOf(data.u32(commitOffset(data.tensor, element))), parameters, floatOf(of(node).epsilon));
    return sameFloatBits(bitsOf(value), Number(claimed));
  }, oneElement);
}

export function replayBatchNormalization(of: Attributes): Replay {
  return (mapped, [x, ...parameters]) => {
    const [, channels, ...map] = mapped.inputs[0]!.dims;
    const epsilon = floatOf(of(mapped).epsilon);
    const each = Array.from({ length: channels }, (_, c) => parameters.map((values) => values![c]));
    return x!.map((value, i) => affine(value, each[Math.floor(i / sizeOf(map)) % channels], epsilon));
  };
}
