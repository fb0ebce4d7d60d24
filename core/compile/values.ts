import { Faults, refuse } from "../faults.ts";
import type { OnnxModel } from "../onnx/model.ts";
import type { ValueInfoProto } from "../onnx/onnx_pb.js";
import { constantOf, toDType, type Constant } from "../onnx/tensor.ts";
import { DType, dtypeName } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import { writtenBytes, writtenDims, type Written } from "../tensor/written.ts";
import { IR_VERSION } from "./canonicalForm.ts";

/** Values of graph inputs that are fixed when the model is compiled, by the name of the input. */
export type InputValues = Readonly<Record<string, Written>>;

/** The lengths of an input's axes, as far as its type says them. */
type Stated = readonly (number | undefined)[];

/**
 * Makes constants of inputs whose values are given: they are no inputs of the model any longer. Throws a CompileError with every value
 * that its input cannot have. Says whether any was given.
 * @param sizeOfSymbol sizes of symbolic dimensions, where they are given
 */
export function bindValues(model: OnnxModel, values: InputValues, sizeOfSymbol: Readonly<Record<string, number>> = {}): boolean {
  const { graph } = model;
  const given = new Map(Object.entries(values));
  if (given.size === 0) return false;
  const faults = new Faults();
  const inputs = new Map(graph.input.map((input) => [input.name, input]));
  const constants = [...given].flatMap(([name, value]) => {
    const input = inputs.get(name);
    const known = graph.input.map((each) => `"${each.name}"`).join(", ");
    if (input === undefined) faults.add(name, "", `a value is given for it, and the model has no input of this name; its inputs are ${known}`);
    return input === undefined ? [] : (faults.attempt(name, "", () => constantOf(name, readValue(input, value, sizeOfSymbol))) ?? []);
  });
  faults.throwIfAny();
  graph.initializer = [...graph.initializer.filter(({ name }) => !given.has(name)), ...constants];
  graph.input = graph.input.filter(({ name }) => !given.has(name));
  if (model.irVersion < IR_VERSION) model.irVersion = IR_VERSION;
  return true;
}

function readValue({ name, type }: ValueInfoProto, value: Written, sizeOfSymbol: Readonly<Record<string, number>>): Constant {
  if (type?.value.case !== "tensorType") return refuse("a value is given for it, and it is no tensor: leave out its value");
  const { elemType, shape } = type.value.value;
  const dtype = toDType(elemType);
  const stated = shape?.dim.map(({ value: dim }): number | undefined => (dim.case === "dimValue" ? Number(dim.value) : sizeOfSymbol[dim.value ?? ""]));
  try {
    return { dtype, dims: dimsOf(value, stated), data: writtenBytes(value, dtype) };
  } catch (error) {
    return refuse(`the value that is given for it does not fit: ${(error as Error).message}; it is ${describeType(dtype, stated)}: give it as ${valueOption(name, dtype, stated)}`);
  }
}

/** The shape of a value: as its lists lie in each other, or as the input states it where the numbers are all in one list. */
function dimsOf(value: Written, stated: Stated | undefined): readonly number[] {
  const written = writtenDims(value);
  const isSame = stated === undefined || (stated.length === written.length && stated.every((size, axis) => (size ?? written[axis]) === written[axis]));
  if (isSame) return written;
  const whole = stated.filter((size) => size !== undefined);
  const isList = written.length <= 1 && whole.length === stated.length;
  if (!isList) refuse(`its lists have the shape [${written.join(", ")}]`);
  if (sizeOf(whole) !== sizeOf(written)) refuse(`it has ${sizeOf(written)} elements, the input ${sizeOf(whole)}`);
  return whole;
}

const describeType = (dtype: DType, stated: Stated | undefined): string =>
  `${dtypeName(dtype)} ${stated === undefined ? "of any shape" : `[${stated.map((size) => size ?? "?").join(", ")}]`}`;

/** Elements that are written out in an example. */
const MOST_SHOWN = 8;

/** How a value of that type may be given on a command line: an example. */
export function valueOption(name: string, code: number, stated: Stated = [undefined]): string {
  const one = code === DType.bool ? "true" : "1";
  const size = stated.reduce<number>((product, length) => product * (length ?? 1), 1);
  const list = size > MOST_SHOWN ? `${one},…` : new Array(size).fill(one).join(",");
  const text = `${name}=${stated.length === 0 ? one : `[${list}]`}`;
  return /^[\w.:/-]+$/.test(name) ? `--value ${text}` : `--value '${text}'`;
}
