/** The explorer as somebody meets it for the first time: what it loads, when it shows something, and how long the API of a job's page takes. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { startApi, type ApiServer } from "../../oracle/api/server.ts";
import { explorerFolder } from "../../oracle/api/explorer/files.ts";
import { openStore } from "../../oracle/store/store.ts";
import { provideExplorer } from "../../scripts/devnet/explorer.ts";
import { account } from "../../test/support/chainEvents.ts";
import { chromiumPath } from "../../test/support/chromium.ts";
import { firstPage } from "../../test/support/firstPage.ts";
import { fill, idOf, nothing } from "./api.ts";
import type { Target } from "./target.ts";

/** Job pages whose API is timed. */
const PAGES = 200;

export interface ExplorerFigures {
  readonly jobs: number;
  /** Bytes in gzip that are loaded before anything is shown, and in how many files. */
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds, median of several visits with nothing in the cache, from the start of navigation: until something is painted, and until the newest jobs are there. */
  readonly painted: number;
  readonly shown: number;
  /** Milliseconds of everything that a job's page asks the index: median and 99th percentile. */
  readonly api: { readonly median: number; readonly p99: number };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

/** A node that knows what time it is. */
async function startClock() {
  const answer = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { timestamp: "0x1" } });
  const server = createServer((_, response) => void response.writeHead(200, { "access-control-allow-origin": "*", "access-control-allow-headers": "*", "content-type": "application/json" }).end(answer)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** One visit of the overview by somebody who was never there. */
async function visit(browser: Browser, url: string): Promise<{ painted: number; shown: number }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/explorer/`);
  await page.locator("table tbody tr").first().waitFor();
  const shown = await page.evaluate(() => performance.now());
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
  await context.close();
  return { painted, shown };
}

/** What a job's page asks the index, one after the other. */
async function askForJob(api: ApiServer, id: string): Promise<number> {
  const began = performance.now();
  const json = async (path: string) => (await (await fetch(`${api.url}/v1/${path}`)).json()) as Record<string, string>;
  const { version, operator } = await json(`jobs/${id}`);
  await Promise.all([json(`versions/${version}`), json(`operators/${operator}`)]);
  return performance.now() - began;
}

export async function measureExplorer(jobs: number, visits: number, onStep: (what: string) => void): Promise<ExplorerFigures> {
  await provideExplorer(() => onStep("the explorer is built"));
  const sizes = firstPage(explorerFolder());
  const directory = mkdtempSync(join(tmpdir(), "opg-explorer-"));
  const clock = await startClock();
  const store = await openStore({ directory });
  onStep(`${jobs} jobs are written`);
  await fill(store.chainIndex, jobs);
  const contracts = Object.fromEntries(["opg", "verifier", "models", "stakes", "game", "jobs", "lens"].map((name, i) => [name, account(i + 1)]));
  const sources = { tensor: nothing, output: nothing, model: nothing, metrics: () => Promise.resolve(""), health: () => Promise.resolve({ ok: true }) };
  const explorer = { folder: explorerFolder(), name: "measured", rpcUrl: clock.url, hasIndex: true, devnet: undefined, deployment: { chainId: 31337, block: 0, ...contracts } };
  const api = await startApi(sources, { host: "127.0.0.1", port: 0, index: { of: store.chainIndex, requestsPerMinute: 0 }, explorer });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  try {
    const seen: { painted: number; shown: number }[] = [];
    while (seen.length < visits) {
      onStep(`visit ${seen.length + 1} of ${visits}`);
      seen.push(await visit(browser, api.url));
    }
    onStep("pages of jobs");
    const asked: number[] = [];
    while (asked.length < PAGES) asked.push(await askForJob(api, idOf(Math.floor((jobs * asked.length) / PAGES))));
    return {
      jobs,
      bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
      files: sizes.size,
      painted: median(seen.map(({ painted }) => painted)),
      shown: median(seen.map(({ shown }) => shown)),
      api: { median: median(asked), p99: asked.toSorted((a, b) => a - b)[Math.floor(0.99 * PAGES)] },
    };
  } finally {
    await browser.close();
    await api.close();
    await store.close();
    clock.close();
    rmSync(directory, { recursive: true });
  }
}

export const explorerTargets = ({ bytes, painted, api }: ExplorerFigures): Target[] => [
  { name: "first page, in gzip", measured: bytes / 1_000, limit: 250, unit: "kB" },
  { name: "first paint", measured: painted, limit: 1_000, unit: "ms" },
  { name: "the API of a job's page, 99th percentile", measured: api.p99, limit: 200, unit: "ms" },
];

export function showExplorer({ jobs, bytes, files, painted, shown, api }: ExplorerFigures, say: (line: string) => void): void {
  say(`\nThe explorer over ${jobs.toLocaleString("en")} jobs: ${(bytes / 1_000).toFixed(0)} kB in gzip, in ${files} files`);
  say(`something is painted after ${painted.toFixed(0)} ms, the newest jobs are there after ${shown.toFixed(0)} ms`);
  say(`the API of a job's page takes ${api.median.toFixed(1)} ms, of 99 in 100 at most ${api.p99.toFixed(1)} ms`);
}
