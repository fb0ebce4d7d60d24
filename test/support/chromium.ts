/** Scripts that run in a browser. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** For the browser's start and the script together, in milliseconds. */
const PATIENCE = 100_000;

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Nothing that is kept, and nothing that is fetched from elsewhere. */
export const QUIET = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export function chromium(): string {
  const found = NAMES.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined);
  if (found !== undefined) return found;
  throw new Error(`this test runs in Chromium, which is not installed (${NAMES.join(", ")}): apt-get install chromium`);
}

/** Where it is. */
export function chromiumPath(): string {
  const name = chromium();
  return (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path))!;
}

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module">
const tell = (told) => fetch("/told", { method: "POST", body: JSON.stringify(told) });
try {
  const { run } = await import("/script.js");
  tell({ result: await run(await (await fetch("/given")).json()) });
} catch (error) {
  tell({ error: String(error?.stack ?? error) });
}
</script>`;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/**
 * What `run` of a script, a module, makes of some JSON in headless Chromium.
 * @param others further scripts, by their paths on the server: "/worker.js"
 */
export async function runInChromium(script: string, given: unknown, others: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const program = chromium();
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  let hear: (told: string) => void;
  const heard = new Promise<string>((resolve) => (hear = resolve));
  const pages: Record<string, [type: string, body: string]> = {
    "/": ["text/html", PAGE],
    "/script.js": ["text/javascript", script],
    "/given": ["application/json", JSON.stringify(given)],
    ...Object.fromEntries(Object.entries(others).map(([path, text]) => [path, ["text/javascript", text] as [string, string]])),
  };
  const answer: RequestListener = (request, response) => {
    if (request.url === "/told") {
      void bodyOf(request).then(hear);
      response.end();
      return;
    }
    const [type, body] = pages[request.url ?? ""] ?? ["text/plain", ""];
    response.setHeader("content-type", `${type}; charset=utf-8`).end(body);
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // In a group of its own: it starts other processes.
  const browser = spawn(program, [...QUIET, `--user-data-dir=${profile}`, address], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  browser.stderr.on("data", (part: Buffer) => (said += part.toString()));
  const ended = once(browser, "close");
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came from ${program} in ${PATIENCE / 1000} s: ${said.slice(-2000)}`)), PATIENCE);
  });
  const gone = ended.then(([code]): never => {
    throw new Error(`${program} ended with code ${String(code)}: ${said.slice(-2000)}`);
  });
  try {
    const { result, error } = JSON.parse(await Promise.race([heard, late, gone])) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(`in ${program}: ${error}`);
    return result;
  } finally {
    clearTimeout(timer);
    gone.catch(() => {});
    if (browser.exitCode === null) process.kill(-browser.pid!, "SIGKILL");
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
