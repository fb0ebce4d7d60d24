import { sameBytes } from "../bytes.ts";
import type { Runtime, RuntimeSession, RuntimeTensor } from "../runtime.ts";
import { numberAt } from "../tensor/numbers.ts";
import { fileFault } from "../faults.ts";
import type { Form } from "./form.ts";
import { refusedBy } from "./shapes.ts";
import { smallInputs, TRIAL_COUNT, trialInputs } from "./trials.ts";
import { DType, dtypeName, isDType, widthOf } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { TensorSpec } from "../tensor/tensor.ts";

/** How one output of the canonical file differs from that of the publisher's, over all runs. */
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
  /** The mean distance of all elements that are finite in both, and the mean size of the file's numbers. */
  readonly mean: number;
  readonly meanOf: number;
  /** The greatest distance in float32 numbers between them; undefined for other types. */
  readonly ulp: number | undefined;
}

/** Products of all runs of both files together, where they are counted in advance: some seconds' worth. */
const WORK = 20_000_000_000;
/** Runs that are made however large the model is. */
const LEAST_RUNS = 2;
/** Random inputs that a model is compared on where its publisher names none. */
const SAMPLES = 4;

const affordable = (work: number, most: number): number => Math.max(LEAST_RUNS, Math.min(most, Math.floor(WORK / Math.max(1, 2 * work))));

/** Inputs of runs, each as row-major bytes of every graph input. */
export type Runs = readonly (readonly Uint8Array[])[];

/**
 * The inputs that two files are compared on. Where every bit is to be kept they bring a difference to light wherever there is one;
 * where numbers change, they are seeded random ones as networks have them, floats with mean 0 and variance 1.
 * @param work products of one run
 */
export const runsFor = (form: Form, inputs: readonly TensorSpec[], work: number): Runs =>
  form === "source"
    ? Array.from({ length: affordable(work, TRIAL_COUNT) }, (_, trial) => trialInputs(inputs, trial))
    : Array.from({ length: affordable(work, SAMPLES) }, (_, seed) => trialInputs(inputs, 0, seed + 1));

/** What a random run is made on instead where the publisher's file gives up on it, as it does on an index that names nothing. */
export const insteadOf = (runs: Runs, inputs: readonly TensorSpec[]): Runs => runs.map((_, run) => smallInputs(inputs, run + 1));

const FILE = "the publisher's file";
const FORM = "its canonical form";

/**
 * Runs a publisher's file and its canonical form, both as they are, on the same inputs and compares the results, as they are
 * committed to: the sign of a zero and the bits of a NaN make no difference. An output without a difference is left out. Throws a
 * CompileError where the two cannot be compared at all.
 * @param instead inputs of the same runs, which are taken where the publisher's file gives up on the first ones
 */
export async function differences(
  source: Uint8Array,
  canonical: Uint8Array,
  { inputs, outputs }: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] },
  runs: Runs,
  runtime: Runtime,
  onProgress: (done: number, total: number) => void = () => {},
  instead?: Runs,
): Promise<Difference[]> {
  const specs = [...new Map(outputs.map((output) => [output.name, output])).values()];
  const results = (file: Uint8Array, what: string, before: number, own: Runs, others?: Runs) =>
    runAll(file, inputs, specs, own, others, runtime, (run) => onProgress(before + run, 2 * runs.length)).catch((error: unknown) => {
      throw refusedBy(error, `the runtime does not run ${what}`);
    });
  // One after the other, so that the weights are in memory once.
  const expected = await results(source, FILE, 0, runs, instead);
  const given = await results(canonical, FORM, runs.length, expected.map(({ values }) => values));
  onProgress(2 * runs.length, 2 * runs.length);
  return specs.flatMap((spec) => {
    const sum = new Comparison(spec);
    expected.forEach(({ outcome }, run) => sum.add(outcome, given[run].outcome));
    return sum.result() ?? [];
  });
}

type Outcome = ReadonlyMap<string, RuntimeTensor>;

/** A run: the inputs that it was made on, and what it gave. */
interface Made {
  readonly values: Runs[number];
  readonly outcome: Outcome;
}

async function runAll(
  file: Uint8Array,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  runs: Runs,
  instead: Runs | undefined,
  runtime: Runtime,
  onRun: (run: number) => void,
): Promise<Made[]> {
  const session = await runtime.open(file);
  // What is no input of the one may be one of the other, of which its values are fixed or read by nobody.
  const known = new Set(session.inputs.map(({ name }) => name));
  const runOn = async (values: Runs[number]): Promise<Made> => {
    const given = inputs.map(({ name, dtype, dims }, i) => [name, { dtype, dims, data: values[i] }] as const);
    const feeds = [...emptyFeeds(session), ...given.filter(([name]) => known.has(name))];
    return { values, outcome: await session.run(new Map(feeds), outputs.map(({ name }) => name)) };
  };
  try {
    const made: Made[] = [];
    for (const [run, values] of runs.entries()) {
      onRun(run);
      made.push(await runOn(values).catch((error: unknown) => {
        if (instead === undefined) throw error;
        return runOn(instead[run]);
      }));
    }
    return made;
  } finally {
    await session.release();
  }
}

/** What a publisher's file reads of inputs without elements, which its canonical form has not got. */
export const emptyFeeds = ({ inputs }: RuntimeSession): [string, RuntimeTensor][] =>
  inputs.filter(({ dims }) => dims.includes(0)).map(({ name, dtype, dims }) => [name, { dtype, dims: dims.map(Number), data: new Uint8Array() }]);

/** What one output comes to in run after run. */
class Comparison {
  readonly #spec: TensorSpec;
  #elements = 0;
  #compared = 0;
  #notFinite = 0;
  #ulp = 0;
  #absolute = 0;
  #of = 0;
  #total = 0;
  #size = 0;
  #finite = 0;

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
    const areSame = sameBytes(a.data, b.data);
    const [left, right] = [a, b].map(({ data }) => new DataView(data.buffer, data.byteOffset, data.byteLength));
    for (let at = 0; at < a.data.length; at += width) {
      const isSame = areSame || a.data.subarray(at, at + width).every((byte, i) => byte === b.data[at + i]);
      const [x, y] = [numberAt(left, at, dtype), numberAt(right, at, dtype)];
      const isFinite = Number.isFinite(x) && Number.isFinite(y);
      if (!isSame) this.#elements++;
      if (!isSame && !isFinite) this.#notFinite++;
      if (!isFinite) continue;
      const distance = Math.abs(x - y);
      this.#finite++;
      this.#total += distance;
      this.#size += Math.abs(x);
      if (isSame) continue;
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
      mean: this.#total / Math.max(1, this.#finite),
      meanOf: this.#size / Math.max(1, this.#finite),
      ulp: dtype === DType.float32 ? this.#ulp : undefined,
    };
  }
}

/** The place of a float32 number in the order of all, from its bits. */
const orderOf = (bits: number): number => (bits < 0 ? -(bits & 0x7fffffff) : bits);

/** The difference for people. */
export function describeDifference({ elements, compared, notFinite, absolute, of, mean, meanOf, ulp }: Difference): string {
  const short = (value: number) => Number(value.toPrecision(2));
  const places = ulp === undefined ? "" : `, and at most by ${ulp} ULP`;
  return [
    `${elements} of ${compared} elements differ`,
    ...(elements > notFinite ? [`at most by ${short(absolute)}, of ${short(of)}${places}`, `in the mean by ${short(mean)}, of ${short(meanOf)}`] : []),
    ...(notFinite > 0 ? [`${notFinite} by an infinity or NaN`] : []),
  ].join(", ");
}
