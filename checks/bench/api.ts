/**
 * The API of the index with many jobs in it: how fast it answers at a steady rate while blocks come, and what that takes from a daemon
 * that serves jobs in the same process.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../core/compile/compile.ts";
import { startApi, type ApiServer } from "../../oracle/api/server.ts";
import { drawInputs } from "../../oracle/certify/inputs.ts";
import { clock } from "../../oracle/connect.ts";
import type { ChainIndex } from "../../oracle/ports.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { openStore } from "../../oracle/store/store.ts";
import { account, bondEvent, hash, jobEvent, jobId, modelCreated, requested, submitted, versionPublished } from "../../test/support/chainEvents.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import type { LoadResult } from "./apiLoad.ts";
import { inferenceModel } from "./models.ts";
import { openOperator } from "./operator.ts";
import type { Target } from "./target.ts";

/** Requests a second that are asked of it. */
export const RATE = 500;
const BLOCK_MS = 1_000;
const JOBS_PER_BLOCK = 500;
const REQUESTERS = 50;
const VERSIONS = [10, 11, 12];
const OPERATOR = 5;
/** Jobs in a round of an operator. */
const SERVED = 1_500;

export interface ApiFigures extends LoadResult {
  readonly store: string;
  /** What is asked for. */
  readonly asked: string;
  /** Part of one core that the process used. */
  readonly cpu: number;
}

const requesterOf = (n: number): number => 100 + (n % REQUESTERS);
export const idOf = (n: number): string => jobId(requesterOf(n), n);

/** A chain that goes on after the jobs are in the index: each block changes one of them. */
export async function fill(index: ChainIndex, jobs: number): Promise<() => Promise<void>> {
  let block = 1;
  const versions = VERSIONS.map((version, i) => versionPublished({ block, logIndex: 2 + i }, version, 1));
  await index.advance({ number: block, hash: hash(block) }, [...modelCreated({ block, logIndex: 0 }, 1, 3), ...versions, bondEvent({ block, logIndex: 9 }, "Bonded", OPERATOR, { amount: "1" })]);
  for (let first = 0; first < jobs; first += JOBS_PER_BLOCK) {
    const numbers = Array.from({ length: Math.min(JOBS_PER_BLOCK, jobs - first) }, (_, i) => first + i);
    block++;
    await index.advance({ number: block, hash: hash(block) }, numbers.map((n, logIndex) => requested({ block, logIndex }, idOf(n), VERSIONS[n % VERSIONS.length])));
    block++;
    await index.advance({ number: block, hash: hash(block) }, numbers.map((n, logIndex) => submitted({ block, logIndex }, idOf(n), OPERATOR)));
  }
  let changed = jobs;
  return () => {
    block++;
    changed = changed === 0 ? jobs - 1 : changed - 1;
    return index.advance({ number: block, hash: hash(block) }, [jobEvent({ block, logIndex: 0 }, idOf(changed), "JobFinalized", { operator: account(OPERATOR), delivered: true })]);
  };
}

/** Addresses of pages of all jobs, and of those of a status, a requester or a version, at places all over the index. */
function pagesOf(newest: number): string[] {
  const filters = ["", "&status=Submitted", `&version=${hash(VERSIONS[0])}`, `&operator=${account(OPERATOR)}&status=Submitted`];
  return Array.from({ length: 997 }, (_, i) => {
    const cursor = 1 + Math.floor((newest * ((i * 7_919) % 997)) / 997);
    return `jobs?cursor=${cursor}${[...filters, `&requester=${account(requesterOf(i))}`][i % 5]}`;
  });
}

/** After a first second that does not count: a daemon runs for weeks. */
async function load(api: ApiServer, paths: readonly string[], seconds: number): Promise<LoadResult & { cpu: number }> {
  await ask(api, paths, 1);
  const [before, started] = [process.cpuUsage(), performance.now()];
  const result = await ask(api, paths, seconds);
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpu: (user + system) / 1_000 / (performance.now() - started) };
}

async function ask(api: ApiServer, paths: readonly string[], seconds: number): Promise<LoadResult> {
  const argv = [join(import.meta.dirname, "apiLoad.ts"), String(RATE), String(seconds), ...paths.map((path) => `${api.url}/v1/${path}`)];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  return JSON.parse(said) as LoadResult;
}

export const nothing = () => Promise.resolve(undefined);
const serve = (index: ChainIndex): Promise<ApiServer> =>
  startApi(
    { tensor: nothing, output: nothing, model: nothing, metrics: () => Promise.resolve(""), health: () => Promise.resolve({ ok: true }) },
    { host: "127.0.0.1", port: 0, index: { of: index, requestsPerMinute: 0 } },
  );

/** The newest jobs, as an explorer asks for them; pages all over the index; and single jobs. */
export async function measureApi(jobs: number, seconds: number, onStep: (what: string) => void): Promise<ApiFigures[]> {
  const directory = mkdtempSync(join(tmpdir(), "opg-api-"));
  const server = await startPostgres();
  const figures: ApiFigures[] = [];
  try {
    for (const [name, options] of [["PGlite", { directory }], ["PostgreSQL", { url: await server.database() }]] as const) {
      onStep(`${name}: ${jobs} jobs are written`);
      const store = await openStore(options);
      const mine = await fill(store.chainIndex, jobs);
      const api = await serve(store.chainIndex);
      const mining = setInterval(() => void mine(), BLOCK_MS);
      const questions = { "the newest jobs": ["jobs"], "any page of jobs": pagesOf(await store.chainIndex.newest()), "any job": Array.from({ length: 997 }, (_, i) => `jobs/${idOf(Math.floor((jobs * i) / 997))}`) };
      for (const [asked, paths] of Object.entries(questions)) {
        onStep(`${name}: ${asked}`);
        figures.push({ store: name, asked, ...(await load(api, paths, seconds)) });
      }
      clearInterval(mining);
      await api.close();
      await store.close();
    }
  } finally {
    await server.close();
    rmSync(directory, { recursive: true });
  }
  return figures;
}

export interface ServingBeside {
  /** Jobs a second that an operator serves, alone and while its API is asked for the newest jobs. */
  readonly alone: number;
  readonly beside: number;
  /** Median over the rounds of beside / alone. */
  readonly ratio: number;
}

/** An operator whose own store has the index. Rounds of both kinds take turns; whoever asks is on the same machine. */
export async function measureServingBeside(jobs: number, rounds: number, onStep: (what: string) => void): Promise<ServingBeside> {
  const model = await compile(inferenceModel(), { runtime: ortRuntime });
  const operator = await openOperator(model, [drawInputs(model.program.inputs, 0)[0]]);
  const mine = await fill(operator.store.chainIndex, jobs);
  const api = await serve(operator.store.chainIndex);
  const mining = setInterval(() => void mine(), BLOCK_MS);
  const perSecond = async (): Promise<number> => SERVED / (await operator.serve(SERVED));
  await perSecond();
  const turns: { alone: number; beside: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    onStep(`serving beside the API, round ${round + 1} of ${rounds}`);
    const alone = await perSecond();
    const asking = ask(api, ["jobs"], Math.ceil(SERVED / alone) + 1);
    await clock.sleep(500);
    turns.push({ alone, beside: await perSecond() });
    await asking;
  }
  clearInterval(mining);
  await api.close();
  await operator.close();
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];
  return { alone: median(turns.map(({ alone }) => alone)), beside: median(turns.map(({ beside }) => beside)), ratio: median(turns.map(({ alone, beside }) => beside / alone)) };
}

export const servingTarget = ({ ratio }: ServingBeside): Target => ({ name: "an operator's rate beside its API", measured: ratio, limit: 0.95, atLeast: true, unit: "" });

export const apiTargets = (figures: readonly ApiFigures[]): Target[] =>
  figures.flatMap(({ store, asked, perSecond, p99, failed }) => [
    { name: `${asked}, ${store}: requests a second`, measured: perSecond, limit: 0.99 * RATE, atLeast: true, unit: "/s" },
    { name: `${asked}, ${store}: 99th percentile`, measured: p99, limit: asked === "any job" ? 200 : 50, unit: "ms" },
    { name: `${asked}, ${store}: refused`, measured: failed, limit: 0, unit: "" },
  ]);

export function showApi(figures: readonly ApiFigures[], say: (line: string) => void): void {
  say("\n| asked for | store | a second | median | p99 | longest | of one core |");
  say("|---|---|--:|--:|--:|--:|--:|");
  for (const { asked, store, perSecond, median, p99, longest, cpu } of figures) {
    const times = [median, p99, longest].map((ms) => `${ms.toFixed(1)} ms`);
    say(`| ${[asked, store, perSecond.toFixed(0), ...times, `${(100 * cpu).toFixed(0)} %`].join(" | ")} |`);
  }
}
