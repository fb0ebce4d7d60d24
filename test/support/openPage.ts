/** A page in headless Chromium that a test looks at and works with, through the browser's own debugging protocol. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium, QUIET } from "./chromium.ts";

/** For the browser's start, and for what is waited for on the page, in milliseconds. */
const PATIENCE = 100_000;

export interface OpenPage {
  /** What an expression gives on the page. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression is true there. */
  until(expression: string): Promise<void>;
  /** The addresses of all that the page asked for. */
  readonly requests: readonly string[];
  /** What went wrong on it. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, never>;
  readonly result?: { result: { value: unknown }; exceptionDetails?: unknown };
}

export async function openPage(url: string): Promise<OpenPage> {
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  // In a group of its own: it starts other processes.
  const browser = spawn(chromium(), [...QUIET, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(browser, "close");
  const close = async () => {
    if (browser.exitCode === null) process.kill(-browser.pid!, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const address = await new Promise<string>((resolve, reject) => {
      createInterface(browser.stderr).on("line", (line) => {
        const found = /DevTools listening on ws:\/\/([^/]+)/.exec(line);
        if (found !== null) resolve(found[1]);
      });
      setTimeout(() => reject(new Error("Chromium did not start")), PATIENCE).unref();
    });
    const [{ webSocketDebuggerUrl }] = (await (await fetch(`http://${address}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];
    return { ...(await driven(webSocketDebuggerUrl, url)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function driven(debuggerUrl: string, url: string): Promise<Omit<OpenPage, "close">> {
  const socket = new WebSocket(debuggerUrl);
  await once(socket, "open");
  const waiting = new Map<number, (message: Message) => void>();
  const requests: string[] = [];
  const faults: string[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    if (message.method === "Network.requestWillBeSent") requests.push((message.params as unknown as { request: { url: string } }).request.url);
    if (message.method === "Runtime.exceptionThrown" || message.method === "Log.entryAdded") faults.push(JSON.stringify(message.params));
  });
  let last = 0;
  const send = (method: string, params: object = {}): Promise<Message> =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  for (const domain of ["Network", "Runtime", "Log", "Page"]) await send(`${domain}.enable`);
  await send("Page.navigate", { url });

  async function evaluate(expression: string): Promise<unknown> {
    const { result } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (result?.exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(result.exceptionDetails)}`);
    return result?.result.value;
  }
  return {
    evaluate,
    async until(expression) {
      for (const end = Date.now() + PATIENCE; (await evaluate(expression)) !== true; ) {
        if (Date.now() > end) throw new Error(`it did not come about on ${url}: ${expression}\n${String(await evaluate("document.body.innerText"))}\n${faults.join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    requests,
    faults,
  };
}
