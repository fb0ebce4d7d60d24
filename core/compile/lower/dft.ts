import { sizeOf } from "../../tensor/shape.ts";
import { axisOf, constantNumbers, floatDims } from "./known.ts";
import type { Lowering, Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since this opset the axis is an input. */
const AXIS_IS_INPUT = 20;

/** Elements of a signal, at most: each result is a sum over all of them. */
const MOST = 1_024;

/** What becomes of a signal along an axis. */
interface Transform {
  readonly axis: number;
  /** Elements that are read, and the length of the transform: what is shorter has zeros behind it. */
  readonly read: number;
  readonly length: number;
  readonly made: number;
  readonly isInverse: boolean;
  /** Whether elements are made of, and come to, pairs of a real and an imaginary part. */
  readonly ofPairs: boolean;
  readonly toPairs: boolean;
}

/** The transform that a node states; undefined where what it states is computed, or is none that the runtime has. */
function transformOf(site: Site, dims: readonly number[]): Transform | undefined {
  const { node, inputs, opset, attributes } = site;
  const isComputed = node.input.slice(1).some((name, i) => name !== "" && inputs[i + 1]?.constant === undefined);
  const given = opset < AXIS_IS_INPUT ? attributes.int("axis", 1) : (constantNumbers(inputs[2])?.[0] ?? -2);
  const axis = axisOf(given, dims.length);
  if (isComputed || axis === undefined || axis === dims.length - 1) return undefined;
  const [isInverse, isOneSided] = ["inverse", "onesided"].map((name) => attributes.int(name, 0) !== 0);
  const ofPairs = dims.at(-1) === 2;
  const isReal = isInverse && isOneSided;
  const length = constantNumbers(inputs[1])?.[0] ?? (isReal ? 2 * (dims[axis] - 1) : dims[axis]);
  if (length < 1 || length > MOST || (isReal && !ofPairs) || (isOneSided && !isInverse && ofPairs)) return undefined;
  const read = Math.min(dims[axis], isReal ? Math.floor(length / 2) + 1 : length);
  return { axis, read, length, made: isOneSided && !isInverse ? Math.floor(length / 2) + 1 : length, isInverse, ofPairs, toPairs: !isReal };
}

/**
 * e^(∓2πi·jk/n), divided by n where it is the inverse, as real matrices that take the parts of every element to those of every result.
 * Where the second half of a signal is not there, because it mirrors the first, the elements that are mirrored count twice.
 */
function matrixOf({ read, length, made, isInverse, ofPairs, toPairs }: Transform): Float32Array {
  const [parts, results] = [ofPairs ? 2 : 1, toPairs ? 2 : 1];
  const matrix = new Float32Array(read * parts * made * results);
  for (let j = 0; j < read; j++) {
    const mirrored = !toPairs && j > 0 && 2 * j !== length ? 2 : 1;
    for (let k = 0; k < made; k++) {
      const angle = ((isInverse ? 2 : -2) * Math.PI * ((j * k) % length)) / length;
      const [re, im] = [Math.cos(angle), Math.sin(angle)].map((part) => (mirrored * part) / (isInverse ? length : 1));
      const put = (part: number, result: number, value: number): void => {
        if (part < parts && result < results) matrix[((j * parts + part) * made + k) * results + result] = value;
      };
      put(0, 0, re);
      put(0, 1, im);
      put(1, 0, -im);
      put(1, 1, re);
    }
  }
  return matrix;
}

/** The discrete Fourier transform as a product with the matrix of its roots of one. */
export const dft: Lowering = {
  onnx: { DFT: { since: 17, shapedBy: "values" } },
  into: ["Slice", "Transpose", "Reshape", "MatMul"],
  difference: "portable",
  where: `its input is float32, its length of at most ${MOST} and its axis are constants`,
  rewrite(site) {
    const dims = floatDims(site.inputs[0]);
    const transform = dims && (dims.at(-1) === 1 || dims.at(-1) === 2) ? transformOf(site, dims) : undefined;
    if (dims === undefined || transform === undefined) return undefined;
    const { axis, read, made } = transform;
    const w = new Writer(site);
    const last = dims.length - 1;
    const [parts, results] = [dims[last], transform.toPairs ? 2 : 1];
    const signals = dims.filter((_, k) => k !== axis && k !== last);
    const order = [...dims.keys()].filter((k) => k !== axis && k !== last).concat(axis, last);
    const taken = read === dims[axis] ? site.node.input[0] : w.slice(site.node.input[0], axis, 0, read);
    const rows = w.reshape(w.transpose(taken, order), [...signals, read, parts], [sizeOf(signals), read * parts]);
    const product = w.of("MatMul", [rows, w.constant([read * parts, made * results], matrixOf(transform))]);
    const back = order.map((_, k) => order.indexOf(k));
    return w.done(w.transpose(w.reshape(product, [sizeOf(signals), made * results], [...signals, made, results]), back));
  },
};
