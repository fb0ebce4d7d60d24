import { DType, widthOf } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase, OpCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases } from "./support/cases.ts";
import { anything, dims, float, int32, numbers, octets } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

function of(x: NodeInput, axes: readonly number[], keep: boolean, random?: Random): OnnxCase {
  const out = x.dims.flatMap((d, axis) => (!axes.includes(axis) ? [d] : keep ? [1] : []));
  const attributes = { axes: { ints: axes }, keepdims: { int: keep ? 1 : 0 } };
  return caseOf({ op: "ReduceMax", attributes, opset: 13, inputs: [x], output: { dtype: x.dtype as DType, dims: out } }, random);
}

const line = (values: readonly number[]): OnnxCase => of(numbers([1, values.length], values), [1], true);

const greatest = (about: string, values: readonly number[], leaves: readonly Claim[], not: readonly Claim[] = []) => ({ about, of: line(values), leaves, not });

/** Rows of other shapes or types, which the compiler does not write. */
function written(change: { dims?: readonly number[]; dtype?: DType }): OpCase {
  const { node } = line([1, 2]);
  const { dtype = DType.float32 } = change;
  return { node: { ...node, output: { ...node.output, dtype }, inputs: [{ ...node.inputs[0]!, ...change }] }, inputs: [new Uint8Array(2 * widthOf(dtype))] };
}

export const reduceMax: OperatorCases = {
  random(random) {
    const shape = dims(random, 1, 4, 9);
    const some = shape.map((_, axis) => axis).filter(() => random.chance(0.5));
    const x = random.chance(0.7) ? float(shape, random) : anything(random.pick([DType.int8, DType.uint8, DType.int32, DType.int64]), shape, random);
    return of(x, some.length > 0 ? some : [random.int(0, shape.length - 1)], random.chance(0.5), random);
  },
  keepsSigns: true,
  long: (random) => [100, 1_000, 70_000].map((n) => line(Array.from({ length: n }, () => random.normal()))),
  special: [
    greatest("1 and −2", [1, -2], [1], [-2, 0x3f7fffffn, 0x3f800001n]),
    greatest("one number", [-5], [-5]),
    greatest("zeros of either sign", [-0, 0], [0], [1n]),
    greatest("negative subnormal numbers", [-(2 ** -149), -(2 ** -148)], [0x80000001n], [0]),
    greatest("∞", [1, Infinity], [Infinity]),
    greatest("nothing but −∞", [-Infinity, -Infinity], [-Infinity], [0xff7fffffn]),
    greatest("nothing but NaN", [NaN, NaN], [NaN]),
    ...[[1, NaN, -2], [NaN, 1, -2], [1, -2, NaN]].map((x) => greatest(`${x}: NaN, or a number between the others`, x, [1, -2, NaN, 0, -0, -1, 2 ** -140], [5, 0x3f800001n, 0xc0000001n])),
    greatest("a NaN and ones: NaN or 1", [1, NaN, 1], [NaN, 1], [0x3f7fffffn]),
    { about: "int8", of: of(octets(DType.int8, [3], [0x80, 0xff, 0xfe]), [0], false), leaves: [0xff] },
    { about: "uint8", of: of(octets(DType.uint8, [3], [0x80, 0xff, 0xfe]), [0], false), leaves: [0xff] },
    { about: "int32", of: of(int32([3], [-5, -9, -(2 ** 31)]), [0], true), leaves: [0xfffffffb] },
  ],
  refused: [
    { about: "nothing at all", of: written({ dims: [1, 0] }), error: "LengthNotJudged" },
    ...[DType.float16, DType.bool].map((dtype) => ({ about: `elements of type ${dtype}`, of: written({ dtype }), error: "DTypeUnsupported" as const })),
  ],
  costs: [{ about: "number", most: 375, units: [4096], of: (n, random) => ({ c: line(Array.from({ length: n }, () => random.normal())), element: 0 }) }],
};
