import ort from "onnxruntime-node";
import { floatsOf } from "../../../core/tensor/numbers.ts";
import type { TensorSpec } from "../../../core/tensor/tensor.ts";

/** A file and how the runtime runs it. */
export interface Contender {
  readonly file: Uint8Array;
  /** The runtime's own default, or none. */
  readonly optimisation: "all" | "disabled";
  readonly threads: number;
}

export interface Run {
  /** Milliseconds of processors and of the clock: medians over the rounds. */
  readonly cpu: number;
  readonly clock: number;
  readonly output: Float32Array;
}

/**
 * Runs files with one input and one output in turn, round after round, so that whatever else the machine does befalls all alike.
 * A round before the first is not counted.
 */
export async function race(contenders: readonly Contender[], input: TensorSpec, data: Uint8Array, rounds: number): Promise<Run[]> {
  const sessions = await Promise.all(contenders.map(open));
  const taken = contenders.map(() => ({ cpu: [] as number[], clock: [] as number[] }));
  const outputs: Float32Array[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const [i, session] of sessions.entries()) {
      const feeds = { [input.name]: new ort.Tensor("float32", floatsOf(data), input.dims) };
      const [cpu, clock] = [process.cpuUsage(), performance.now()];
      const [output] = Object.values(await session.run(feeds));
      const { user, system } = process.cpuUsage(cpu);
      if (round === 0) outputs.push(Float32Array.from(output.data as Float32Array));
      else {
        taken[i].clock.push(performance.now() - clock);
        taken[i].cpu.push((user + system) / 1000);
      }
    }
  }
  for (const session of sessions) await session.release();
  return taken.map(({ cpu, clock }, i) => ({ cpu: median(cpu), clock: median(clock), output: outputs[i] }));
}

const open = ({ file, optimisation, threads }: Contender) =>
  ort.InferenceSession.create(file, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: optimisation,
    executionMode: "sequential",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
