import { bitsOf } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { SPECIAL_BITS, anyBits, usualBits } from "../../support/floats.ts";
import type { Attribute } from "../../support/onnxModel.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";
import { anything, dims, float } from "./draw.ts";

interface Scaling {
  readonly shape: readonly number[];
  readonly scale: NodeInput;
  readonly zero: NodeInput | undefined;
  readonly attributes: Record<string, Attribute>;
}

/** A shape with a scale and a zero point, for the tensor or along an axis. */
export function drawScaling(random: Random, dtype: DType): Scaling {
  const shape = dims(random, 1, 4, 6);
  const axis = random.chance(0.5) ? random.int(0, shape.length - 1) : undefined;
  const of = axis === undefined ? random.pick([[], [1]]) : [shape[axis]];
  const scale = random.pick([
    () => usualBits(random, 0.05) & 0x7fffffff || 0x3c000000,
    () => usualBits(random, 0.05) & 0x7fffffff || 0x3c000000,
    () => bitsOf(2 ** random.int(-8, 8)),
    () => random.pick(SPECIAL_BITS),
    () => anyBits(random),
  ]);
  const zero = anything(dtype, of, random);
  // onnxruntime takes no zero point but 0 for int32.
  const point: NodeInput = dtype === DType.int32 ? { ...zero, raw: zero.raw.map(() => 0), constant: true } : zero;
  return { shape, scale: float(of, random, scale), zero: random.chance(0.8) ? point : undefined, attributes: axis === undefined ? {} : { axis: { int: axis } } };
}
