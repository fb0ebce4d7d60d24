import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { evaluate } from "../../core/compile/dot.ts";
import { acceptance } from "../../core/exact/index.ts";
import { outputId } from "../../core/program/program.ts";
import { Rule, type Node } from "../../core/program/types.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import { widthOf } from "../../core/tensor/dtype.ts";
import { BytesReader, type TensorReader } from "../../core/tensor/reader.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";

/** The rules leave a number open, so that no arithmetic alone says which one an honest run gives. */
export class LeftOpen extends Error {
  override readonly name = "LeftOpen";
}

/**
 * The values of all tensors of the run on some graph inputs, by their numbers in the trace, as row-major bytes: computed by the rules
 * of the program's rows, without a runtime. Throws LeftOpen at the first number that they leave open.
 *
 * Dot products, and rows under `kernel` and `lanes`, are computed by the contracts' own arithmetic; every other element by the
 * second reading of the rules (core/exact), which knows all values that it may have.
 * @param inputs row-major bytes
 * @param onNode told the number of nodes that are done
 */
export function replayRun(model: CompiledModel, inputs: readonly Uint8Array[], onNode: (done: number) => void = () => undefined): Uint8Array[] {
  const trace = [...inputs];
  for (const [i, node] of model.program.nodes.entries()) {
    trace[outputId(node)] = replayNode(model, i, trace);
    onNode(i + 1);
  }
  return trace;
}

/** The output of one node, in canonical form, of a trace that has its inputs. Throws LeftOpen as `replayRun` does. */
export function replayNode(model: CompiledModel, index: number, trace: readonly Uint8Array[]): Uint8Array {
  const output = outputOf(model, index, trace);
  canonicalise(model.program.nodes[index].output.dtype, output);
  return output;
}

function outputOf(model: CompiledModel, index: number, trace: readonly Uint8Array[]): Uint8Array {
  const node = model.program.nodes[index];
  switch (node.rule) {
    case Rule.bound:
      throw new LeftOpen(`the rule of node "${node.name}" (${node.op}) leaves its numbers open within an error bound`);
    case Rule.chain:
    case Rule.gemv:
      return bytesOf(products(model, index, trace));
    case Rule.kernel:
    case Rule.lanes:
      return bytesOf(model.replayed(index, trace));
    case Rule.equal:
    case Rule.rounded:
      return elements(node, readersOf(model, index, trace));
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength: length }: Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, length);

/** All elements of a dot product by the schedule of its row. */
function products(model: CompiledModel, index: number, trace: readonly Uint8Array[]): Float32Array {
  const node = model.program.nodes[index];
  const dot = model.dot(index, trace);
  const out = new Float32Array(sizeOf(node.output.dims));
  const a = new Float32Array(dot.length);
  for (let block = 0; block < dot.blocks; block++) {
    for (let row = 0; row < dot.rows; row++) {
      dot.gather(block, row, a);
      for (let column = 0; column < dot.columns; column++) out[dot.element(block, row, column)] = evaluate(dot, node, a, block, row, column);
    }
  }
  return out;
}

/** Readers of a node's inputs. They lie row-major here, whatever layout they are committed in: the rules speak of coordinates. */
function readersOf(model: CompiledModel, index: number, trace: readonly Uint8Array[]): (TensorReader | undefined)[] {
  return model.program.nodes[index].inputs.map((tensor, i) => {
    if (tensor === undefined) return undefined;
    const bytes = tensor.source.kind === "computed" ? trace[tensor.source.id] : model.constant(index, i)!;
    return new BytesReader(rowMajor(tensor), bytes);
  });
}

const rowMajor = (tensor: Tensor): Tensor => ({ ...tensor, perm: tensor.dims.map((_, axis) => axis) });

/** All elements, each of which must have one value. */
function elements(node: Node & { readonly name: string; readonly op: string }, readers: readonly (TensorReader | undefined)[]): Uint8Array {
  const { output } = node;
  const out = new Uint8Array(byteLength(output));
  const view = new DataView(out.buffer);
  const width = widthOf(output.dtype);
  const count = sizeOf(output.dims);
  for (let element = 0; element < count; element++) {
    const values = acceptance(node, element, readers).values();
    if (values?.length !== 1) throw new LeftOpen(`element ${element} of node "${node.name}" (${node.op}) ${values?.length === 0 ? "has no value" : "may have several values, by processor"}`);
    write(view, element * width, width, values[0]);
  }
  return out;
}

function write(view: DataView, at: number, width: 1 | 2 | 4 | 8, bits: bigint): void {
  if (width === 8) view.setBigUint64(at, bits, true);
  else if (width === 4) view.setUint32(at, Number(bits), true);
  else if (width === 2) view.setUint16(at, Number(bits), true);
  else view.setUint8(at, Number(bits));
}
