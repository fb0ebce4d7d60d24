import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OperatorCases } from "./support/cases.ts";
import { anything, dims, float, octets, words } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

const joined = (axis: number, parts: readonly NodeInput[]) => {
  const [first] = parts;
  const to = first.dims.map((dim, i) => (i === axis ? parts.reduce((sum, part) => sum + part.dims[axis], 0) : dim));
  return { op: "Concat", attributes: { axis: { int: axis } }, inputs: parts, output: { dtype: first.dtype as DType, dims: to } };
};

const halves = joined(1, [octets(DType.int8, [2, 1], [1, 2]), octets(DType.int8, [2, 2], [3, 4, 5, 6])]);

export const concat: OperatorCases = {
  keepsSigns: true,
  random(random) {
    const shape = dims(random, 1, 4);
    const axis = random.int(0, shape.length - 1);
    const dtype = random.pick(Object.values(DType).filter((type) => type !== DType.float16));
    const parts = Array.from({ length: random.chance(0.1) ? 16 : random.int(1, 4) }, () => {
      const own = shape.map((dim, i) => (i === axis ? random.int(1, 4) : dim));
      const part = dtype === DType.float32 ? float(own, random) : anything(dtype, own, random);
      return { ...part, constant: random.chance(0.3) };
    });
    const node = joined(axis, parts);
    return caseOf(random.chance(0.5) ? node : { ...node, attributes: { axis: { int: axis - shape.length } } }, random);
  },
  special: [
    { about: "the first part", of: caseOf(halves), leaves: [1] },
    { about: "the second part begins where the first ends", of: caseOf(halves), element: 1, leaves: [3] },
    { about: "row by row", of: caseOf(halves), element: 3, leaves: [2] },
    { about: "the last element", of: caseOf(halves), element: 5, leaves: [6] },
    { about: "a zero has no sign", of: caseOf(joined(0, [words([1], [0x80000000]), words([1], [0x7fc00001])])), leaves: [0], not: [1n] },
    { about: "a NaN has no payload", of: caseOf(joined(0, [words([1], [0x80000000]), words([1], [0x7fc00001])])), element: 1, leaves: [NaN] },
  ],
};
