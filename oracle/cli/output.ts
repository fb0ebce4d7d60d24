import type { Writable } from "node:stream";
import { Presets, SingleBar } from "cli-progress";
import { Redactor } from "../core/secrets.ts";

/** Longest silence before a progress bar appears, in milliseconds. */
const PATIENCE = 2_000;

export interface Streams {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

export interface Progress {
  update(done: number, total: number, label?: string): void;
  stop(): void;
}

/** Where a command speaks that is run in these surroundings; secrets among them are never shown. */
export function openOutput(world: Streams & { readonly env: Readonly<Record<string, string | undefined>> }, json: boolean): Output {
  const redactor = new Redactor();
  for (const name of ["OPG_PRIVATE_KEY", "OPG_PASSWORD"]) redactor.add(world.env[name] ?? "");
  return new Output(json, world, redactor);
}

/** Where a command speaks. With `--json`, standard output carries one JSON object as its last line and nothing else. */
export class Output {
  readonly json: boolean;
  readonly redactor: Redactor;
  readonly #streams: Streams;

  constructor(json: boolean, streams: Streams, redactor: Redactor) {
    this.json = json;
    this.#streams = streams;
    this.redactor = redactor;
  }

  /** A line for people; with `--json` it goes to standard error. */
  say(line: string): void {
    (this.json ? this.#streams.stderr : this.#streams.stdout).write(`${this.redactor.scrub(line)}\n`);
  }

  /** The result: lines for people, or the object. */
  result(value: Record<string, unknown>, lines: readonly string[]): void {
    if (!this.json) return lines.forEach((line) => this.say(line));
    const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item));
    this.#streams.stdout.write(`${this.redactor.scrub(text)}\n`);
  }

  fail(line: string): void {
    this.#streams.stderr.write(`${this.redactor.scrub(line)}\n`);
  }

  /** Shows itself only when the work takes longer than two seconds: a bar on a terminal, a line now and then elsewhere. */
  progress(label: string): Progress {
    return this.#streams.stderr.isTTY === true
      ? barProgress(label, this.#streams.stderr)
      : plainProgress(label, (line) => this.fail(line));
  }
}

function barProgress(label: string, stream: Writable): Progress {
  const started = Date.now();
  let bar: SingleBar | undefined;
  return {
    update(done, total, name = label) {
      if (Date.now() - started < PATIENCE) return;
      if (bar === undefined) {
        const format = "{name} {bar} {percentage}% | {value}/{total}";
        bar = new SingleBar({ format, stream: stream as NodeJS.WritableStream, clearOnComplete: true }, Presets.shades_grey);
        bar.start(total, done, { name });
      }
      bar.setTotal(total);
      bar.update(done, { name });
    },
    stop: () => bar?.stop(),
  };
}

function plainProgress(label: string, write: (line: string) => void): Progress {
  let last = Date.now();
  return {
    update(done, total, name = label) {
      if (Date.now() - last < PATIENCE) return;
      last = Date.now();
      write(`${name}: ${done} of ${total}`);
    },
    stop: () => undefined,
  };
}
