/**
 * `npm run kernels`: compares every kernel (docs/operators/kernels.md) with the installed onnxruntime on all 2³² inputs, in as
 * many threads as there are processors; some minutes each. `-- NAME …` takes only these, `-- --sample` one input of 4,096. It ends
 * with 1 if a result differs.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { KERNEL_NAMES } from "../../core/compile/kernels.ts";
import { NOTHING, together, type Comparison, type Range } from "./sweep.ts";

const LENGTH = 2 ** 20;
const INPUTS = 2 ** 32;
const SAMPLED = 4096;

/** The inputs in tensors of one length; of a sample, bit patterns that lie apart by an odd number, so that all signs and exponents come. */
function rangesOf(sample: boolean): Range[] {
  if (sample) return [{ first: 0, step: SAMPLED + 1, count: LENGTH - 256 }];
  return Array.from({ length: INPUTS / LENGTH }, (_, i) => ({ first: i * LENGTH, step: 1, count: LENGTH }));
}

/** Compares a kernel on ranges of one length, each by the next worker that has nothing to do. */
async function compare(name: string, ranges: readonly Range[], onProgress: (done: number) => void): Promise<Comparison> {
  let [next, done, sum] = [0, 0, NOTHING];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: { name, length: ranges[0].count } });
      worker.on("error", reject);
      worker.on("message", (comparison: Comparison | undefined) => {
        if (comparison !== undefined) {
          sum = together(sum, comparison);
          onProgress(++done);
        }
        if (next < ranges.length) worker.postMessage(ranges[next++]);
        else void worker.terminate().then(() => resolve(), reject);
      });
    });
  await Promise.all(Array.from({ length: Math.min(ranges.length, availableParallelism()) }, work));
  return sum;
}

const hex = (bits: number): string => `0x${bits.toString(16).padStart(8, "0")}`;

const given = process.argv.slice(2);
const sample = given.includes("--sample");
const names = given.filter((argument) => argument !== "--sample");
const unknown = names.filter((name) => !KERNEL_NAMES.includes(name));
if (unknown.length > 0) throw new Error(`no kernel ${unknown.join(", ")}; there are ${KERNEL_NAMES.join(", ")}`);
const ranges = rangesOf(sample);
for (const name of names.length > 0 ? names : KERNEL_NAMES) {
  const start = Date.now();
  const { compared, differing, first } = await compare(name, ranges, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${((100 * done) / ranges.length).toFixed(1)} %  `);
  });
  if (process.stderr.isTTY) process.stderr.write("\r");
  const seconds = ((Date.now() - start) / 1000).toFixed(0);
  const where = first === undefined ? "" : `, the first at ${hex(first.bits)}: the runtime has ${first.runtime}, the kernel ${first.kernel}`;
  console.log(`${differing === 0 ? "  " : "✗ "}${name.padEnd(17)} ${compared.toLocaleString("en").padStart(13)} inputs, ${differing.toLocaleString("en")} differ${where} (${seconds} s)`);
  if (differing > 0) process.exitCode = 1;
}
