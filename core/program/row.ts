import { getBytes, hexlify } from "ethers";
import { concatBytes } from "../bytes.ts";
import { TensorTree } from "../merkle/tensorTree.ts";
import { MAX_INLINE, type Source, type Tensor } from "../tensor/tensor.ts";
import { Opcode, Rule, type Node } from "./types.ts";
import { byteLength } from "../tensor/shape.ts";
import { isDType } from "../tensor/dtype.ts";

export const MAX_RANK = 8;
export const MAX_INPUTS = 16;

const u8 = (x: number) => Uint8Array.of(x);
const u16 = (x: number) => Uint8Array.of(x >>> 8, x);
export const u32 = (x: number) => Uint8Array.of(x >>> 24, x >>> 16, x >>> 8, x);

/** Canonical bytes of a tensor descriptor (docs/protocol.md §1.4). */
function encodeTensor(t: Tensor | undefined): Uint8Array {
  if (t === undefined) return u8(2);
  if (t.dims.length > MAX_RANK) throw new RangeError(`rank ${t.dims.length} is more than the protocol's ${MAX_RANK}`);
  const [kind, place] = sourceOf(t.source);
  return concatBytes([u8(kind), u8(t.dtype), u8(t.dims.length), ...t.dims.map(u32), ...t.perm.map(u8), place]);
}

function sourceOf(source: Source): [kind: number, place: Uint8Array] {
  if (source.kind === "computed") return [0, u32(source.id)];
  return source.inline === undefined ? [1, getBytes(source.root)] : [3, source.inline];
}

/** Canonical bytes of a node row (docs/protocol.md §1.4). */
export function encodeRow(node: Node): Uint8Array {
  if (node.inputs.length > MAX_INPUTS) throw new RangeError(`${node.inputs.length} inputs are more than the protocol's ${MAX_INPUTS}`);
  return concatBytes([
    u16(node.opcode),
    u8(node.rule),
    u8(node.flags),
    u32(node.chunk),
    u8(node.inputs.length),
    encodeTensor(node.output),
    ...node.inputs.map(encodeTensor),
    u8(node.attributes.length),
    ...node.attributes.map((a) => u32(a)),
  ]);
}

/** The node that a row describes. Throws if the bytes are not a canonical row. */
export function decodeRow(row: Uint8Array): Node {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  let p = 9;
  const fail = (): never => {
    throw new RangeError(`not a node row: malformed at byte ${p}`);
  };
  const tensor = (): Tensor | undefined => {
    const kind = view.getUint8(p);
    if (kind === 2) return void p++;
    const dtype = view.getUint8(p + 1);
    const rank = view.getUint8(p + 2);
    if (kind > 3 || !isDType(dtype) || rank > MAX_RANK) return fail();
    p += 3;
    const dims = Array.from({ length: rank }, (_, a) => view.getUint32(p + 4 * a));
    const perm = Array.from({ length: rank }, (_, a) => view.getUint8(p + 4 * rank + a));
    if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i)) return fail();
    p += 5 * rank;
    if (kind === 0) {
      p += 4;
      return { dtype, dims, perm, source: { kind: "computed", id: view.getUint32(p - 4) } };
    }
    const length = kind === 1 ? 32 : byteLength({ dtype, dims });
    p += length;
    if (p > row.length || (kind === 3 && length > MAX_INLINE)) return fail();
    const place = row.slice(p - length, p);
    if (kind === 1) return { dtype, dims, perm, source: { kind: "constant", root: hexlify(place) } };
    const { root } = new TensorTree({ dtype, dims }, place);
    return { dtype, dims, perm, source: { kind: "constant", root, inline: place } };
  };
  const opcode = view.getUint16(0) as Opcode;
  const rule = view.getUint8(2) as Rule;
  if (!Object.values(Opcode).includes(opcode) || !Object.values(Rule).includes(rule) || view.getUint8(8) > MAX_INPUTS) return fail();
  const output = tensor();
  if (output === undefined) return fail();
  const inputs = Array.from({ length: view.getUint8(8) }, tensor);
  const attributes = Array.from({ length: view.getUint8(p) }, (_, i) => view.getInt32(p + 1 + 4 * i));
  p += 1 + 4 * attributes.length;
  if (p !== row.length) return fail();
  return { opcode, rule, flags: view.getUint8(3), chunk: view.getUint32(4), output, inputs, attributes };
}
