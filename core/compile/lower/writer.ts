import { constantOf, type Constant } from "../../onnx/tensor.ts";
import type { AttributeProto, NodeProto, TensorProto } from "../../onnx/onnx_pb.js";
import { MAX_INPUTS } from "../../program/row.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { floatAttribute, integerAttribute, integersAttribute, nodeOf, type Lowered, type Site } from "./lowering.ts";
import { scalar } from "./scalar.ts";

/** A value by its name, or a number, which becomes a float32 constant without axes. */
export type Term = string | number;

/** Since this opset Max and Min take operands of different shapes. */
const EXTREMA_BROADCAST = 8;

/** Since these opsets the bounds of a Slice, the ends of a Clip and the axes of a ReduceMax are inputs. */
const BOUNDS_ARE_INPUTS = 10;
const ENDS_ARE_INPUTS = 11;
const AXES_ARE_INPUT = 18;

/** Writes what stands in the place of a node, value after value: every method gives the name of a new one. */
export class Writer {
  readonly #site: Site;
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];
  /** What the values were before they got another shape. */
  readonly #shapedFrom = new Map<string, string>();

  constructor(site: Site) {
    this.#site = site;
  }

  readonly add = (a: Term, b: Term): string => this.of("Add", [a, b]);
  readonly sub = (a: Term, b: Term): string => this.of("Sub", [a, b]);
  readonly mul = (a: Term, b: Term): string => this.of("Mul", [a, b]);
  readonly div = (a: Term, b: Term): string => this.of("Div", [a, b]);
  readonly max = (a: Term, b: Term): string => this.#extremum("Max", a, b);
  readonly min = (a: Term, b: Term): string => this.#extremum("Min", a, b);
  readonly exp = (x: Term): string => this.of("Exp", [x]);
  readonly sqrt = (x: Term): string => this.of("Sqrt", [x]);
  readonly abs = (x: Term): string => this.of("Abs", [x]);
  readonly relu = (x: Term): string => this.of("Relu", [x]);

  #extremum(op: "Max" | "Min", a: Term, b: Term): string {
    if (this.#site.opset >= EXTREMA_BROADCAST || typeof b === "string") return this.of(op, [a, b]);
    return this.of("Clip", [a], [floatAttribute(op === "Max" ? "min" : "max", b)]);
  }

  /** Where a < b. */
  readonly less = (a: Term, b: Term): string => this.of("Less", [a, b]);
  /** The elements of `yes` where the condition holds, elsewhere those of `no`. */
  readonly where = (condition: string, yes: Term, no: Term): string => this.of("Where", [condition, yes, no]);

  /** The value, or the end that it is beyond. */
  clip(x: Term, least: number, greatest: number): string {
    if (this.#site.opset >= ENDS_ARE_INPUTS) return this.of("Clip", [x, least, greatest]);
    return this.of("Clip", [x], [floatAttribute("max", greatest), floatAttribute("min", least)]);
  }

  /** A node of that operator. */
  of(op: string, terms: readonly Term[], attributes: AttributeProto[] = []): string {
    return this.several(op, terms, 1, attributes)[0];
  }

  /** A node of several outputs. */
  several(op: string, terms: readonly Term[], count: number, attributes: AttributeProto[] = []): string[] {
    const wish = op.toLowerCase();
    const [first, ...others] = Array.from({ length: count }, () => this.#site.value(wish));
    const input = terms.map((term) => (typeof term === "string" ? term : this.constant([], Float32Array.of(term))));
    const node = nodeOf(this.#site.named(wish), op, input, first, attributes);
    node.output.push(...others);
    this.#nodes.push(node);
    return node.output;
  }

  constant(dims: readonly number[], values: Float32Array): string {
    return this.keep({ dtype: DType.float32, dims, data: new Uint8Array(values.buffer) });
  }

  /** A whole number without axes. */
  integer(dtype: DType, value: number): string {
    return this.keep(scalar(dtype, value));
  }

  booleans(dims: readonly number[], values: readonly boolean[]): string {
    return this.keep({ dtype: DType.bool, dims, data: Uint8Array.from(values, Number) });
  }

  /** Numbers of type int64 along one axis. */
  integers(values: readonly number[]): string {
    return this.keep({ dtype: DType.int64, dims: [values.length], data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });
  }

  /** A constant of any type. */
  keep(constant: Constant): string {
    const name = this.#site.value("constant");
    this.#constants.push(constantOf(name, constant));
    return name;
  }

  /** The same elements in another shape, or the value itself where it has that shape. */
  reshape(x: string, from: readonly number[], to: readonly number[]): string {
    return String(from) === String(to) ? x : this.#reshape(x, to);
  }

  #reshape(x: string, to: readonly number[]): string {
    const before = this.#shapedFrom.get(x) ?? x;
    const y = this.of("Reshape", [before, this.integers(to)]);
    this.#shapedFrom.set(y, before);
    return y;
  }

  /** An input of the node in another shape; of a constant another constant. */
  shaped(input: number, dims: readonly number[]): string {
    const known = this.#site.inputs[input];
    const name = this.#site.node.input[input];
    if (known?.constant !== undefined) return this.keep({ ...known.constant, dims });
    return this.reshape(name, known?.dims.map(Number) ?? [], dims);
  }

  transpose = (x: string, perm: readonly number[]): string => this.of("Transpose", [x], [integersAttribute("perm", perm)]);

  /** Elements `start` to before `end` along an axis. */
  slice(x: string, axis: number, start: number, end: number): string {
    if (this.#site.opset < BOUNDS_ARE_INPUTS) {
      return this.of("Slice", [x], [integersAttribute("axes", [axis]), integersAttribute("ends", [end]), integersAttribute("starts", [start])]);
    }
    return this.of("Slice", [x, ...[start, end, axis].map((bound) => this.integers([bound]))]);
  }

  /** `count` elements along an axis, every `step`-th from `start` on, backwards where it is negative. */
  stepped(x: string, axis: number, start: number, count: number, step: number): string {
    const last = start + count * step;
    // Of an axis that is taken backwards to its beginning the end lies before it; −1 would be its last place.
    const end = last < 0 ? -(2 ** 31) : last;
    return this.of("Slice", [x, ...[start, end, axis, step].map((bound) => this.integers([bound]))]);
  }

  /** The greatest elements along these axes, which stay with length one. */
  greatest(x: string, axes: readonly number[]): string {
    return this.#site.opset < AXES_ARE_INPUT
      ? this.of("ReduceMax", [x], [integersAttribute("axes", axes)])
      : this.of("ReduceMax", [x, this.integers(axes)]);
  }

  /** Several values as one, along an axis. */
  concat(parts: readonly string[], axis: number): string {
    if (parts.length === 1) return parts[0];
    if (parts.length <= MAX_INPUTS) return this.of("Concat", parts, [integerAttribute("axis", axis)]);
    const groups = Array.from({ length: Math.ceil(parts.length / MAX_INPUTS) }, (_, i) => parts.slice(i * MAX_INPUTS, (i + 1) * MAX_INPUTS));
    return this.concat(groups.map((group) => this.concat(group, axis)), axis);
  }

  /**
   * What was written, as far as the result depends on it, in the place of the node.
   * @param result the value that was written last
   */
  done(result: string): Lowered {
    const last = this.#nodes[this.#nodes.length - 1];
    if (last === undefined || last.output[0] !== result) throw new Error(`"${result}" is not what was written last`);
    last.name = this.#site.node.name;
    return this.#give(new Map([[result, this.#site.node.output[0]]]));
  }

  /** The same of the outputs of the node in their order, as far as somebody reads them. */
  doneOf(results: readonly string[]): Lowered {
    const { node, isRead } = this.#site;
    const main = this.#nodes.find(({ output }) => output.includes(results[0]));
    if (main !== undefined) main.name = node.name;
    const read = results.map((value, i) => [node.output[i] ?? "", value] as const).filter(([output]) => output !== "" && isRead(output));
    return this.doneAll(new Map(read));
  }

  /** The same of several values, by the outputs of the node that they stand for. */
  doneAll(results: ReadonlyMap<string, string>): Lowered {
    const own = new Set(this.#nodes.flatMap(({ output }) => output));
    const outputs = new Map<string, string>();
    const aliases = new Map<string, string>();
    for (const [output, value] of results) {
      // A value that was there before, or stands for an output already, keeps its name; only an output of the graph must have its own.
      if (own.has(value) && !outputs.has(value)) outputs.set(value, output);
      else if (this.#site.isResult(output)) outputs.set(this.of("Identity", [value]), output);
      else aliases.set(output, outputs.get(value) ?? value);
    }
    return { ...this.#give(outputs), aliases };
  }

  /** What was written and leads to these values, under the names of the outputs that they are. */
  #give(outputs: ReadonlyMap<string, string>): Lowered {
    const read = new Set(outputs.values());
    const nodes = this.#nodes.toReversed().filter((node) => {
      node.output = node.output.map((each) => outputs.get(each) ?? each);
      node.input = node.input.map((each) => outputs.get(each) ?? each);
      const isRead = node.output.some((each) => read.has(each));
      if (isRead) for (const each of node.input) read.add(each);
      return isRead;
    });
    return { nodes: nodes.reverse(), constants: this.#constants };
  }

  /** The same of a value in another shape than the node's output, or one that was there before. */
  doneAs(result: string, dims: readonly number[]): Lowered {
    return this.done(this.#reshape(result, dims));
  }
}

/** Values of that many elements, all the same. */
export const filled = (dims: readonly number[], value: number): Float32Array => new Float32Array(sizeOf(dims)).fill(value);
