import { sameBytes } from "../bytes.ts";
import type { Runtime, RuntimeTensor } from "../runtime.ts";
import { numberAt } from "../tensor/numbers.ts";
import { fileFault } from "../faults.ts";
import { runtimeReason } from "./shapes.ts";
import { TRIAL_COUNT, trialInputs } from "./trials.ts";
import { DType, dtypeName, isDType, widthOf } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { TensorSpec } from "../tensor/tensor.ts";

/** How one output of the canonical form differs from that of the publisher's file, over all trials. */
export interface Difference {
  readonly output: string;
  readonly dtype: string;
  /** Elements that differ, of those that were compared. */
  readonly elements: number;
  readonly compared: number;
  /** Of these, the ones that are an infinity or NaN in one of the two or in both. */
  readonly notFinite: number;
  /** The greatest distance between two finite elements as numbers, and the size of the file's number there. */
  readonly absolute: number;
  readonly of: number;
  /** The greatest distance in float32 numbers between them; undefined for other types. */
  readonly ulp: number | undefined;
}

/** Products of both runs of all trials together, where they are counted in advance: some seconds' worth. */
const WORK = 20_000_000_000;
/** Trials that are made however large the model is. */
const LEAST_TRIALS = 2;

const FILE = "the publisher's file";
const FORM = "its canonical form";

/**
 * Runs a publisher's file and its canonical form, both as they are, on the same inputs and compares the results, as they are
 * committed to: the sign of a zero and the bits of a NaN make no difference. Throws a CompileError where the two cannot be
 * compared at all.
 * @param work products of one run
 */
export async function differences(
  source: Uint8Array,
  canonical: Uint8Array,
  { inputs, outputs }: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] },
  work: number,
  runtime: Runtime,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Difference[]> {
  const trials = Math.max(LEAST_TRIALS, Math.min(TRIAL_COUNT, Math.floor(WORK / Math.max(1, 2 * work))));
  const specs = [...new Map(outputs.map((output) => [output.name, output])).values()];
  const results = (file: Uint8Array, what: string, before: number) =>
    runTrials(file, inputs, specs, trials, runtime, (trial) => onProgress(before + trial, 2 * trials)).catch((error: unknown) => {
      throw fileFault(`the runtime does not run ${what}: ${runtimeReason(error)}`);
    });
  // One after the other, so that the weights are in memory once.
  const expected = await results(source, FILE, 0);
  const given = await results(canonical, FORM, trials);
  onProgress(2 * trials, 2 * trials);
  return specs.flatMap((spec) => {
    const sum = new Comparison(spec);
    expected.forEach((outcome, trial) => sum.add(outcome, given[trial]));
    return sum.result() ?? [];
  });
}

type Outcome = ReadonlyMap<string, RuntimeTensor>;

async function runTrials(
  file: Uint8Array,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  trials: number,
  runtime: Runtime,
  onTrial: (trial: number) => void,
): Promise<Outcome[]> {
  const session = await runtime.open(file);
  try {
    const outcomes: Outcome[] = [];
    for (let trial = 0; trial < trials; trial++) {
      onTrial(trial);
      const values = trialInputs(inputs, trial);
      const feeds = inputs.map(({ name, dtype, dims }, i) => [name, { dtype, dims, data: values[i] }] as const);
      outcomes.push(await session.run(new Map(feeds), outputs.map(({ name }) => name)));
    }
    return outcomes;
  } finally {
    await session.release();
  }
}

/** What one output comes to in trial after trial. */
class Comparison {
  readonly #spec: TensorSpec;
  #elements = 0;
  #compared = 0;
  #notFinite = 0;
  #ulp = 0;
  #absolute = 0;
  #of = 0;

  constructor(spec: TensorSpec) {
    this.#spec = spec;
  }

  add(expected: Outcome, given: Outcome): void {
    const { name, dtype, dims } = this.#spec;
    const [a, b] = [expected.get(name)!, given.get(name)!];
    for (const [made, what] of [[a, FILE], [b, FORM]] as const) {
      if (made.dtype === dtype && String(made.dims) === String(dims)) continue;
      const type = isDType(made.dtype) ? dtypeName(made.dtype) : `type ${made.dtype}`;
      throw fileFault(`${what} gives ${type} [${made.dims.join(", ")}], the program states ${dtypeName(dtype)} [${dims.join(", ")}]`, name);
    }
    const width = widthOf(dtype);
    this.#compared += sizeOf(dims);
    if (sameBytes(a.data, b.data)) return;
    const [left, right] = [a, b].map(({ data }) => new DataView(data.buffer, data.byteOffset, data.byteLength));
    for (let at = 0; at < a.data.length; at += width) {
      if (a.data.subarray(at, at + width).every((byte, i) => byte === b.data[at + i])) continue;
      this.#elements++;
      const [x, y] = [numberAt(left, at, dtype), numberAt(right, at, dtype)];
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        this.#notFinite++;
        continue;
      }
      const distance = Math.abs(x - y);
      if (distance > this.#absolute) [this.#absolute, this.#of] = [distance, Math.abs(x)];
      if (dtype === DType.float32) this.#ulp = Math.max(this.#ulp, Math.abs(orderOf(left.getInt32(at, true)) - orderOf(right.getInt32(at, true))));
    }
  }

  result(): Difference | undefined {
    if (this.#elements === 0) return undefined;
    const { name, dtype } = this.#spec;
    return {
      output: name,
      dtype: dtypeName(dtype),
      elements: this.#elements,
      compared: this.#compared,
      notFinite: this.#notFinite,
      absolute: this.#absolute,
      of: this.#of,
      ulp: dtype === DType.float32 ? this.#ulp : undefined,
    };
  }
}

/** The place of a float32 number in the order of all, from its bits. */
const orderOf = (bits: number): number => (bits < 0 ? -(bits & 0x7fffffff) : bits);

/** The difference for people. */
export function describeDifference({ elements, compared, notFinite, absolute, of, ulp }: Difference): string {
  const short = (value: number) => Number(value.toPrecision(2));
  const places = ulp === undefined ? "" : `, and at most by ${ulp} ULP`;
  return [
    `${elements} of ${compared} elements differ`,
    ...(elements > notFinite ? [`at most by ${short(absolute)}, of ${short(of)}${places}`] : []),
    ...(notFinite > 0 ? [`${notFinite} by an infinity or NaN`] : []),
  ].join(", ");
}
