/**
 * Asks an HTTP server at a steady rate, in a process of its own: `apiLoad.ts RATE SECONDS URL…`. The addresses are asked in turn,
 * whether or not the answers to those before came. Prints one line of JSON, a `LoadResult`.
 */
import { Agent, get } from "node:http";

export interface LoadResult {
  /** Requests a second that were answered with 200. */
  readonly perSecond: number;
  readonly failed: number;
  /** Milliseconds from when each was due to its last byte: median, 99th percentile, longest. */
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

const [rate, seconds] = process.argv.slice(2, 4).map(Number);
const urls = process.argv.slice(4);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const latencies: number[] = [];
let failed = 0;

function ask(url: string, due: number): Promise<void> {
  return new Promise((resolve) => {
    const fail = (): void => {
      failed++;
      resolve();
    };
    get(url, { agent }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode !== 200) return fail();
        latencies.push(performance.now() - due);
        resolve();
      });
    }).once("error", fail);
  });
}

const total = rate * seconds;
const started = performance.now();
const asked: Promise<void>[] = [];
while (asked.length < total) {
  const due = Math.min(total, Math.floor(((performance.now() - started) * rate) / 1_000));
  while (asked.length < due) asked.push(ask(urls[asked.length % urls.length], started + (asked.length * 1_000) / rate));
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await Promise.all(asked);
const took = (performance.now() - started) / 1_000;
agent.destroy();
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Infinity;
process.stdout.write(`${JSON.stringify({ perSecond: latencies.length / took, failed, median: at(0.5), p99: at(0.99), longest: at(1) } satisfies LoadResult)}\n`);
