/**
 * Writes a one-node ONNX model. Only what a test needs of ModelProto, and independent of the oracle's own
 * codec, so that a fault there can't hide itself.
 */

export type Attribute = { int: number } | { float: number } | { ints: readonly number[] } | { string: string } | { floats: readonly number[] } | { strings: readonly string[] };

export interface ModelTensor {
  /** ONNX TensorProto.DataType */
  dtype: number;
  dims: readonly number[];
  /** Little-endian row-major bytes; an initializer when present, a graph input when absent. */
  raw?: Uint8Array;
}

export interface NodeSpec {
  op: string;
  /** null is an absent optional input. */
  inputs: readonly (ModelTensor | null)[];
  /** dims may be left out: the runtime infers them. */
  outputs: readonly { dtype: number; dims?: readonly number[] }[];
  attributes?: Readonly<Record<string, Attribute>>;
  opset?: number;
  /** The standard one where it is absent. */
  domain?: string;
}

/** Graph inputs are named x0, x1, … by their position in the node; outputs y0, y1, …. */
export function oneNodeModel(spec: NodeSpec): Uint8Array {
  const name = (i: number): string => `x${i}`;
  const node = [
    ...spec.inputs.map((t, i) => text(1, t === null ? "" : name(i))),
    ...spec.outputs.map((_, i) => text(2, `y${i}`)),
    text(3, "node"),
    text(4, spec.op),
    ...Object.entries(spec.attributes ?? {}).map(([key, value]) => message(5, attribute(key, value))),
    ...(spec.domain === undefined ? [] : [text(7, spec.domain)]),
  ];
  const present = spec.inputs.flatMap((t, i) => (t === null ? [] : [{ t, i }]));
  const graph = [
    message(1, node),
    text(2, "graph"),
    ...present.filter(({ t }) => t.raw !== undefined).map(({ t, i }) => message(5, initializer(name(i), t))),
    ...present.filter(({ t }) => t.raw === undefined).map(({ t, i }) => message(11, valueInfo(name(i), t))),
    ...spec.outputs.map((t, i) => message(12, valueInfo(`y${i}`, t))),
  ];
  const imports = [[text(1, ""), integer(2, spec.opset ?? 17)], ...(spec.domain === undefined ? [] : [[text(1, spec.domain), integer(2, 1)]])];
  return join([integer(1, 8), message(7, graph), ...imports.map((each) => message(8, each))]);
}

function attribute(key: string, value: Attribute): Uint8Array[] {
  const head = text(1, key);
  if ("int" in value) return [head, integer(3, value.int), integer(20, 2)];
  if ("float" in value) return [head, fixed32(2, value.float), integer(20, 1)];
  if ("ints" in value) return [head, ...value.ints.map((v) => integer(8, v)), integer(20, 7)];
  if ("floats" in value) return [head, ...value.floats.map((v) => fixed32(7, v)), integer(20, 6)];
  if ("strings" in value) return [head, ...value.strings.map((v) => text(9, v)), integer(20, 8)];
  return [head, text(4, value.string), integer(20, 3)];
}

function initializer(name: string, t: ModelTensor): Uint8Array[] {
  return [...t.dims.map((d) => integer(1, d)), integer(2, t.dtype), text(8, name), bytes(9, t.raw ?? new Uint8Array())];
}

function valueInfo(name: string, t: { dtype: number; dims?: readonly number[] }): Uint8Array[] {
  const shape = t.dims === undefined ? [] : [message(2, t.dims.map((d) => message(1, [integer(1, d)])))];
  return [text(1, name), message(2, [message(1, [integer(1, t.dtype), ...shape])])];
}

// Protobuf wire format: a field is a varint tag (number << 3 | type) and its value.

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    out.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(out);
}

const integer = (field: number, value: number): Uint8Array => join([varint(field * 8), varint(value)]);
const bytes = (field: number, data: Uint8Array): Uint8Array => join([varint(field * 8 + 2), varint(data.length), data]);
const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value));
const message = (field: number, parts: readonly Uint8Array[]): Uint8Array => bytes(field, join(parts));
const fixed32 = (field: number, value: number): Uint8Array =>
  join([varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)]);

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
