import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { outputId } from "../../core/program/program.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import { widthOf } from "../../core/tensor/dtype.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { carryOn, worldOf } from "./disputes.ts";

/** Brings everything that nodes computed into canonical form, as operators commit it. */
function canonical({ program }: CompiledModel, trace: readonly Uint8Array[]): Uint8Array[] {
  const copies = trace.map((bytes) => Uint8Array.from(bytes));
  for (const node of program.nodes) canonicalise(node.output.dtype, copies[outputId(node)]);
  return copies;
}

/** The values of all tensors, row-major, as onnxruntime computes them and an honest operator commits them. */
export async function traced(model: CompiledModel, inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const tracer = await model.open(ortRuntime);
  try {
    return canonical(model, await tracer.run(inputs));
  } finally {
    await tracer.release();
  }
}

/** The run with one bit changed in one element of a node's output, and everything behind that recomputed. @param byte of the element, the lowest first */
export async function lie(model: CompiledModel, honest: readonly Uint8Array[], node: number, element: number, byte = 0): Promise<Uint8Array[]> {
  const { output } = model.program.nodes[node];
  const id = outputId(model.program.nodes[node]);
  const bent = Uint8Array.from(honest[id]);
  bent[widthOf(output.dtype) * element + byte] ^= 0x10;
  return canonical(model, await carryOn(worldOf("", model), honest.map((bytes, i) => (i === id ? bent : bytes)), node));
}
