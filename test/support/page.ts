/**
 * Follows a page of docs/ as its reader does: every ```sh block is typed in order, in one terminal, and what the page shows
 * in a ```text block after it must be what comes. What stands behind `sh` says how a block is meant:
 *
 *  - (nothing)  it succeeds
 *  - `fails`    it ends with another exit code than 0
 *  - `until`    it is repeated until it shows what the page shows
 *  - `stays`    it is typed in a terminal of its own and left alone there; it has started when it shows what the page shows
 *
 * A line of a ```text block must come, and after the line before it; `…` stands for anything, and spaces for any number.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { blocksIn, ROOT as root } from "./docBlocks.ts";
import { elsewhere } from "./docExecutors.ts";

const MANNERS = ["", "fails", "until", "stays"] as const;
/** For a step, in milliseconds. */
const PATIENCE = 120_000;
/** Between two looks of an `until`, in milliseconds: a command takes most of a second of a core, which the daemons need. */
const PAUSE = 1_000;

/** Lines of what stays up that are shown where a page does not hold. */
const SHOWN = 25;

export interface Step {
  readonly line: number;
  readonly manner: (typeof MANNERS)[number];
  readonly commands: string;
  /** What the page shows, if it shows anything. */
  readonly shown: readonly string[];
}

export function stepsOf(markdown: string): Step[] {
  const blocks = blocksIn(markdown);
  return blocks.flatMap(({ language, manner, text, line }, i) => {
    if (language !== "sh") return [];
    if (!MANNERS.includes(manner as Step["manner"])) throw new Error(`line ${line}: "sh ${manner}" is no manner of a block`);
    const next = blocks[i + 1];
    const shown = next?.language === "text" ? next.text.trimEnd().split("\n") : [];
    if ((manner === "until" || manner === "stays") && shown.length === 0) throw new Error(`line ${line}: the page does not say what comes of it`);
    return [{ line, manner: manner as Step["manner"], commands: text, shown }];
  });
}

/** The lines of a page that an output lacks, or has in another order. */
export function missing(shown: readonly string[], output: string): string[] {
  let rest = output.split("\n");
  return shown.filter((line) => {
    const words = line.trim().split(/\s+/).map((word) => word.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*"));
    const pattern = new RegExp(words.join("\\s+"));
    const at = rest.findIndex((each) => pattern.test(each));
    if (at < 0) return true;
    rest = rest.slice(at + 1);
    return false;
  });
}

/** What a clone looks like after npm ci, in a folder of its own: a page writes nothing into the project. */
export function freshCheckout(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "opg-page-"));
  const own = new Set([".opg", "deployments", ".git"]);
  for (const name of readdirSync(root)) if (!own.has(name)) symlinkSync(join(root, name), join(folder, name));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Typed {
  readonly code: number;
  readonly output: string;
}

/** npx finds opg where npm ci put it; that npx is npm's own, and takes longer than most commands, is no part of a page. */
const PREAMBLE = 'npx() { if [ "$1" = opg ]; then shift; node node_modules/.bin/opg "$@"; else command npx "$@"; fi; }\n';

/** A shell in a folder, as in a terminal: what is set in one block stands in the next. */
export class Terminal {
  readonly #shell: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  #output = "";
  #count = 0;

  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|OPG_|NODE_|MALLOC_|HARDHAT_)/.test(name));
    const path = (process.env.PATH ?? "").split(delimiter).filter((each) => !each.endsWith(join("node_modules", ".bin")));
    // Both outputs in one, in their order; a group of its own, so that what it started is ended with it.
    this.#shell = spawn("bash", ["-c", "exec 2>&1; exec bash"], { cwd: folder, env: { ...Object.fromEntries(inherited), PATH: path.join(delimiter), ...env }, stdio: ["pipe", "pipe", "inherit"], detached: true });
    this.#shell.stdout.on("data", (part: Buffer) => (this.#output += part.toString()));
    this.#ended = new Promise((resolve) => this.#shell.once("close", () => resolve()));
    this.#shell.stdin.write(PREAMBLE);
  }

  get output(): string {
    return this.#output;
  }

  /** Types the commands; `type` alone does not wait for their end. */
  type(commands: string): void {
    this.#shell.stdin.write(commands.endsWith("\n") ? commands : `${commands}\n`);
  }

  async run(commands: string): Promise<Typed> {
    const mark = `--- ${process.pid}.${this.#count++} `;
    const start = this.#output.length;
    // What a command fails with, the last one that does.
    this.type(`__code=0; trap '__code=$?' ERR\n{\n${commands}\n} </dev/null\ntrap - ERR; echo "${mark}$__code"`);
    const found = () => new RegExp(`${mark}(\\d+)\\n`).exec(this.#output.slice(start));
    await waitFor(() => found() !== null, () => this.#output.slice(start));
    const { 1: code, index } = found()!;
    return { code: Number(code), output: this.#output.slice(start, start + index) };
  }

  /** Ctrl-C, and the end of what was started: settles when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#shell.stdin.end();
    signal(-this.#shell.pid!, "SIGINT");
    await this.#ended;
    await waitFor(() => !signal(-this.#shell.pid!, 0), () => "something that was started does not end");
  }
}

/** Terminals in which something stays up, by what was typed. */
export class Desk {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #staying = new Map<string, Terminal>();

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#env = env;
  }

  /** Follows a page to its end. The network that it starts stays for the next page, which may begin in the same way. */
  async follow(page: string): Promise<number> {
    const steps = stepsOf(readFileSync(join(root, page), "utf8")).filter(({ commands }) => !elsewhere({ document: page, language: "sh", text: commands }));
    const terminal = new Terminal(this.folder, this.#env);
    try {
      for (const step of steps) await this.#take(step, terminal, `${page}:${step.line}`);
    } catch (error) {
      const others = [...this.#staying].map(([typed, { output }]) => `${typed}${output.split("\n").slice(-SHOWN).join("\n")}`);
      throw new Error([error instanceof Error ? error.message : String(error), ...others].join("\n---\n"));
    } finally {
      await this.#leaveUp(isNetwork);
      await terminal.close();
    }
    return steps.length;
  }

  async #take({ manner, commands, shown }: Step, terminal: Terminal, where: string): Promise<void> {
    if (manner === "stays") return this.#leave(commands, shown, where);
    for (const end = Date.now() + PATIENCE; ; ) {
      const { code, output } = await terminal.run(commands);
      const lacking = missing(shown, output);
      if (manner === "until" && lacking.length > 0 && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        continue;
      }
      if (lacking.length > 0) throw new Error(`${where} does not show:\n${lacking.join("\n")}\nbut:\n${output}`);
      if (manner !== "until" && (code === 0) !== (manner !== "fails")) throw new Error(`${where} ended with ${code}:\n${output}`);
      return;
    }
  }

  async #leave(commands: string, shown: readonly string[], where: string): Promise<void> {
    if (this.#staying.has(commands)) return;
    // One network in a folder: another page's makes room.
    if (isNetwork(commands)) await this.#leaveUp(() => false);
    const terminal = new Terminal(this.folder, this.#env);
    this.#staying.set(commands, terminal);
    terminal.type(commands);
    await waitFor(() => missing(shown, terminal.output).length === 0, () => `${where} shows:\n${terminal.output}`);
  }

  /** Ends what stays but what is kept, the newest first. */
  async #leaveUp(isKept: (commands: string) => boolean): Promise<void> {
    for (const [commands, terminal] of [...this.#staying].reverse()) {
      if (isKept(commands)) continue;
      await terminal.close();
      this.#staying.delete(commands);
    }
  }

  close(): Promise<void> {
    return this.#leaveUp(() => false);
  }
}

const isNetwork = (commands: string): boolean => commands.startsWith("npx opg devnet");

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function waitFor(condition: () => boolean, told: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE; !condition(); ) {
    if (Date.now() > end) throw new Error(`it did not come about:\n${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
