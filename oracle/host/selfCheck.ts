import { traceReaders } from "../../core/dispute/evidence.ts";
import { OpgError, refusedError } from "../../core/errors.ts";
import { Random } from "../../core/math/random.ts";
import { elementBits } from "../../core/tensor/reader.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { HostContext } from "./context.ts";
import { outputOf, type HostedVersion } from "./versions.ts";

const SELF_CHECK = "SELF_CHECK";

/** This host would have been slashed for its answer: no property of the job, but a fault to be looked into. */
export const isFailedSelfCheck = (error: unknown): boolean => error instanceof OpgError && error.code === SELF_CHECK;

/** Judges a random sample of the trace that ends in this output. Returns how many milliseconds the trace took. */
export type SelfCheck = (job: string, hosted: HostedVersion, input: Uint8Array, output: Uint8Array) => Promise<number>;

export function createSelfCheck({ twin, clock, telemetry }: Pick<HostContext, "twin" | "clock" | "telemetry">, sampleElements: number): SelfCheck {
  return async (job, hosted, input, output) => {
    const { program, constant } = hosted;
    const started = clock.now();
    const trace = await hosted.trace(input);
    const traceMs = clock.now() - started;
    if (!Buffer.from(outputOf(program, trace)).equals(output)) {
      telemetry.emit("self-check.failed", { job, node: -1, element: "output" });
      throw refusedError(SELF_CHECK, "two runs of the same model on the same input differ; nothing was submitted");
    }
    const readerOf = traceReaders(program, trace, constant);
    const random = new Random(Math.floor(clock.now()));
    for (let i = 0; i < sampleElements; i++) {
      const index = random.u32() % program.nodes.length;
      const node = program.nodes[index];
      const element = random.u32() % sizeOf(node.output.dims);
      const bits = elementBits(readerOf(node.output), element);
      if (twin(node, element, bits, node.inputs.map((t) => t && readerOf(t)))) continue;
      telemetry.emit("self-check.failed", { job, node: index, element: String(element) });
      throw refusedError(SELF_CHECK, `element ${element} of node ${node.name} is not admissible; nothing was submitted`);
    }
    return traceMs;
  };
}
