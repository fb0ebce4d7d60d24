import { getBytes } from "ethers";
import { isDType } from "../tensor/dtype.ts";
import type { TensorSpec } from "../tensor/tensor.ts";

/** What a program's header says (docs/protocol.md §1.5). Tensors are numbered, so it has no names. */
export interface Header {
  readonly tensorCount: number;
  readonly nodeCount: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly (TensorSpec & { readonly id: number })[];
}

/** Reads canonical header bytes; throws a RangeError on anything else. */
export function decodeHeader(header: string): Header {
  const bytes = getBytes(header);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const u8 = () => view.getUint8(at++);
  const u32 = () => view.getUint32((at += 4) - 4);
  const spec = (name: string): TensorSpec => {
    const dtype = u8();
    if (!isDType(dtype)) throw new RangeError(`not a program header: element type ${dtype} at byte ${at - 1}`);
    const rank = u8();
    return { name, dtype, dims: Array.from({ length: rank }, u32) };
  };
  if (u8() !== 1) throw new RangeError("not a program header: unknown version");
  const [tensorCount, nodeCount] = [u32(), u32()];
  const inputs = Array.from({ length: u8() }, (_, i) => spec(`input ${i}`));
  const outputs = Array.from({ length: u8() }, (_, i) => ({ id: u32(), ...spec(`output ${i}`) }));
  if (at !== bytes.length) throw new RangeError(`not a program header: ${bytes.length - at} bytes follow it`);
  return { tensorCount, nodeCount, inputs, outputs };
}
