/**
 * `node checks/bench/threads.ts [NAME] [--threads N] [--rounds N]`: the wall time of whole networks with one thread beside that
 * with more, and whether the outputs have the same bits. Rounds alternate, and the best of each kind counts: other work on the
 * machine only slows a round down.
 */
import { parseArgs } from "node:util";
import { trialInputs } from "../../core/compile/trials.ts";
import { isDType } from "../../core/tensor/dtype.ts";
import type { RuntimeSession, RuntimeTensor } from "../../core/runtime.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { NETWORKS, type Network } from "./networks/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string", default: "2" }, rounds: { type: "string", default: "20" } },
});
const THREADS = Number(values.threads);
const ROUNDS = Number(values.rounds);
const NAME = positionals[0] ?? "";

function feedsOf({ inputs }: RuntimeSession): Map<string, RuntimeTensor> {
  return new Map(
    inputs.map(({ name, dtype, dims }) => {
      if (!isDType(dtype) || !dims.every((dim) => typeof dim === "number")) throw new Error(`input ${name} has no fixed type`);
      return [name, { dtype, dims, data: trialInputs([{ name, dtype, dims }], 0)[0] }];
    }),
  );
}

const bitsOf = (results: ReadonlyMap<string, RuntimeTensor>): string => [...results.values()].map(({ data }) => Buffer.from(data).toString("base64")).join();

async function measure({ name, full }: Network): Promise<void> {
  const file = full();
  const sessions = [await ortRuntime.open(file), await ortRuntime.open(file, { threads: THREADS })];
  const feeds = feedsOf(sessions[0]);
  const [one, more] = await Promise.all(sessions.map(async (session) => bitsOf(await session.run(feeds))));
  const best = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, session] of sessions.entries()) {
      const started = performance.now();
      await session.run(feeds);
      best[i] = Math.min(best[i], performance.now() - started);
    }
  }
  for (const session of sessions) await session.release();
  const [alone, together] = best;
  const same = one === more ? "same bits" : "OTHER BITS";
  console.log(`${name.padEnd(18)} 1 thread ${alone.toFixed(1)} ms, ${THREADS} threads ${together.toFixed(1)} ms: ${(alone / together).toFixed(2)} times as fast, ${same}`);
}

for (const network of NETWORKS.filter(({ name }) => name.startsWith(NAME))) await measure(network);
