import { traceReaders, constantTrees } from "../../core/dispute/evidence.ts";
import { Random } from "../../core/math/random.ts";
import type { OpTwin } from "../../core/operators/twin.ts";
import { compile } from "../../core/compile/compile.ts";
import { unfollowedKernels } from "../../core/compile/kernels.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { CompileError } from "../../core/faults.ts";
import { randomInputs } from "../../core/compile/arithmetics.ts";
import { elementBits } from "../../core/tensor/reader.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { Program } from "../../core/program/types.ts";
import type { Runtime } from "../ports.ts";

const ELEMENTS_PER_NODE = 64;

/**
 * Numbers that no model is made for: what kernels make of them depends on the processor more than anything else does. The
 * rules admit what is known to come out (docs/protocol.md §2.10); a host where something else does must not serve.
 */
const SPECIAL_BITS = [0x7fc00123, 0x3f800000, 0xff800000, 0x7f7fffff, 0x80000000, 0x7f800000, 0xff7fffff, 1, 0xffc00000, 0xbf800000];
const SPARSE = 23;

/** Inputs that hold such numbers: at every place, here and there among others, or so large that sums overflow. */
function specialInputs(specs: Program["inputs"]): Uint8Array[][] {
  const filled = (bitsOf: (i: number, usual: number) => number): Uint8Array[] =>
    randomInputs(specs, 7).map((bytes, k) => {
      if (specs[k].dtype !== DType.float32) return bytes;
      const words = new Uint32Array(bytes.slice().buffer);
      return new Uint8Array(words.map((usual, i) => bitsOf(i, usual)).buffer);
    });
  const special = (i: number): number => SPECIAL_BITS[i % SPECIAL_BITS.length];
  return [
    filled(special),
    filled((i, usual) => (i % SPARSE === 0 ? special(i / SPARSE) : usual)),
    filled((i) => (i % 3 === 0 ? 0xff61b1e6 : 0x7f61b1e6)), // ±3e38
  ];
}

/**
 * Whether this host computes as the protocol expects: it follows a known order in every floating-point dot product (so it
 * has FMA) and every kernel, and what it computes is admissible, integer operators included (so it does not saturate), of
 * special numbers too. Returns what speaks against it.
 */
export async function selfTest(
  models: readonly { readonly name: string; readonly file: Uint8Array }[],
  runtime: Runtime,
  twin: OpTwin,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<string[]> {
  const faults: string[] = await unfollowedKernels(runtime);
  for (const [done, { name, file }] of models.entries()) {
    onProgress(done, models.length);
    let model: CompiledModel;
    try {
      model = await compile(file, { runtime });
    } catch (error) {
      // A node that this host computes in no way that can be adjudicated.
      if (!(error instanceof CompileError)) throw error;
      faults.push(...error.faults.map((fault) => `${name}: ${fault.name}: ${fault.why}`));
      continue;
    }
    const { program } = model;
    const constants = constantTrees(program, (node, input) => model.constant(node, input));
    const tracer = await model.open(runtime);
    try {
      for (const inputs of [randomInputs(program.inputs, 7), ...specialInputs(program.inputs)]) {
        const inadmissible = judged(program, traceReaders(program, await tracer.run(inputs), constants), twin);
        faults.push(...inadmissible.map(([element, node]) => `${name}: element ${element} of ${node} is not admissible as this host computes it`));
      }
    } finally {
      await tracer.release();
    }
  }
  return [...new Set(faults)];
}

/** The first inadmissible one among some elements of every node, with the node's name. */
function judged(program: Program, readerOf: ReturnType<typeof traceReaders>, twin: OpTwin): [element: number, node: string][] {
  const random = new Random(11);
  return program.nodes.flatMap((node): [number, string][] => {
    const inputs = node.inputs.map((tensor) => tensor && readerOf(tensor));
    for (let i = 0; i < ELEMENTS_PER_NODE; i++) {
      const element = random.u32() % sizeOf(node.output.dims);
      const bits = elementBits(readerOf(node.output), element);
      if (!twin(node, element, bits, inputs)) return [[element, node.name]];
    }
    return [];
  });
}
