import { type TensorReader, BytesReader } from "../tensor/reader.ts";
import type { OpTwin } from "../operators/twin.ts";
import { byteLength, sizeOf, unravel } from "../tensor/shape.ts";
import { dtypeName, widthOf, type DType } from "../tensor/dtype.ts";
import type { Program } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { outputId } from "../program/program.ts";

/** The place where two outputs of a program begin to differ. */
export interface Difference {
  /** Index and name of the graph output. */
  readonly output: number;
  readonly name: string;
  /** Row-major element and its coordinates. */
  readonly element: number;
  readonly coordinates: readonly number[];
  readonly expected: string;
  readonly claimed: string;
}

/** The first element in which `claimed` is not `expected`, bit for bit; undefined when they are the same. */
export function firstDifference(program: Program, expected: Uint8Array, claimed: Uint8Array): Difference | undefined {
  return differences(program, expected, claimed).next().value;
}

function* differences(program: Program, expected: Uint8Array, claimed: Uint8Array): Generator<Difference, undefined> {
  let start = 0;
  for (const [output, spec] of program.outputs.entries()) {
    const width = widthOf(spec.dtype);
    for (let element = 0; element < sizeOf(spec.dims); element++) {
      const at = start + element * width;
      const mine = expected.subarray(at, at + width);
      const theirs = claimed.subarray(at, at + width);
      if (theirs.length === width && mine.every((byte, i) => byte === theirs[i])) continue;
      const coordinates = unravel(element, spec.dims);
      const [a, b] = [showElement(spec.dtype, mine), showElement(spec.dtype, theirs)];
      yield { output, name: spec.name, element, coordinates, expected: a, claimed: b };
    }
    start += byteLength(spec);
  }
  if (claimed.length !== expected.length) {
    const [a, b] = [`${expected.length} bytes`, `${claimed.length} bytes`];
    yield { output: 0, name: "(length)", element: 0, coordinates: [], expected: a, claimed: b };
  }
  return undefined;
}

/**
 * Whether an honest run on another host could give every difference: the claimed value is admissible given the inputs of
 * this host's own run.
 */
export function differencesAdmissible(
  program: Program,
  readerOf: (tensor: Tensor) => TensorReader,
  expected: Uint8Array,
  claimed: Uint8Array,
  twin: OpTwin,
): boolean {
  if (claimed.length !== expected.length) return false;
  let start = 0;
  const views = program.outputs.map((spec) => {
    const view = claimed.slice(start, (start += byteLength(spec)));
    return new BytesReader({ ...spec, perm: spec.dims.map((_, a) => a), source: { kind: "computed", id: spec.id } }, view);
  });
  for (const { output, element } of differences(program, expected, claimed)) {
    const node = program.nodes.find((candidate) => outputId(candidate) === program.outputs[output].id);
    if (node === undefined) return false;
    const inputs = node.inputs.map((tensor) => tensor && readerOf(tensor));
    if (!twin(node, element, views[output].bits(element), inputs)) return false;
  }
  return true;
}

/** An element as people read it: its value, and its bits if the value alone does not show the difference. */
function showElement(dtype: DType, bytes: Uint8Array): string {
  if (bytes.length < widthOf(dtype)) return "(missing)";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtypeName(dtype)) {
    case "float32":
      return `${view.getFloat32(0, true)} (0x${view.getUint32(0, true).toString(16).padStart(8, "0")})`;
    case "float64":
      return String(view.getFloat64(0, true));
    case "int8":
      return String(view.getInt8(0));
    case "int16":
      return String(view.getInt16(0, true));
    case "int32":
      return String(view.getInt32(0, true));
    case "int64":
      return String(view.getBigInt64(0, true));
    case "uint64":
      return String(view.getBigUint64(0, true));
    case "uint32":
      return String(view.getUint32(0, true));
    case "uint16":
      return String(view.getUint16(0, true));
    case "float16":
      return `0x${view.getUint16(0, true).toString(16).padStart(4, "0")}`;
    default:
      return String(view.getUint8(0));
  }
}
