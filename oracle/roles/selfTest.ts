import { traceReaders, constantTrees } from "../core/dispute/evidence.ts";
import { Random } from "../core/math/random.ts";
import type { OpTwin } from "../core/ops/twin.ts";
import { compile, randomInputs } from "../core/program/compile.ts";
import { commitStrides, offsetOf, Opcode, Rule, sizeOf, unravel } from "../core/program/types.ts";
import type { Runtime } from "../ports.ts";

/** Floating-point dot products: on a host with fused multiply-add, stock onnxruntime follows a schedule for each. */
const FLOAT_DOTS: readonly number[] = [Opcode.Conv, Opcode.Gemm, Opcode.MatMul];
const ELEMENTS_PER_NODE = 64;

/**
 * Whether this host computes as the protocol expects: it follows a schedule in every floating-point dot product (so it
 * has FMA), and what it computes is admissible, integer operators included (so it does not saturate). Returns what
 * speaks against it.
 */
export async function selfTest(
  models: readonly { readonly name: string; readonly file: Uint8Array }[],
  runtime: Runtime,
  twin: OpTwin,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<string[]> {
  const faults: string[] = [];
  for (const [done, { name, file }] of models.entries()) {
    onProgress(done, models.length);
    const model = await compile(file, { runtime });
    const { program } = model;
    const tracer = await model.open(runtime);
    const trace = await tracer.run(randomInputs(program.inputs, 7)).finally(() => tracer.release());
    const readerOf = traceReaders(program, trace, constantTrees(program, (node, input) => model.constant(node, input)));
    const random = new Random(11);
    for (const node of program.nodes) {
      if (FLOAT_DOTS.includes(node.opcode) && node.rule !== Rule.chain) {
        faults.push(`${name}: ${node.name} follows no schedule that can be adjudicated`);
      }
      const strides = commitStrides(node.output.dims, node.output.perm);
      for (let i = 0; i < ELEMENTS_PER_NODE; i++) {
        const element = random.u32() % sizeOf(node.output.dims);
        const bits = readerOf(node.output).bits(offsetOf(unravel(element, node.output.dims), strides));
        if (twin(node, element, bits, node.inputs.map((t) => t && readerOf(t)))) continue;
        faults.push(`${name}: element ${element} of ${node.name} is not admissible as this host computes it`);
        break;
      }
    }
  }
  return faults;
}
