import type { Writable } from "node:stream";
import { Presets, SingleBar } from "cli-progress";
import { inputError } from "../../core/errors.ts";
import { Redactor } from "../../core/secrets.ts";
import { fieldOf } from "./field.ts";

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

/** How a command's result is shown: for people by default. */
export interface Manner {
  /** As one line that is one JSON object. */
  readonly json?: boolean | undefined;
  /** As the bare value of one field of that object. */
  readonly only?: string | undefined;
}

/** Where a command speaks that is run in these surroundings; secrets among them are never shown. */
export function openOutput(world: Streams & { readonly env: Readonly<Record<string, string | undefined>> }, manner: Manner): Output {
  const redactor = new Redactor();
  for (const name of ["OPG_PRIVATE_KEY", "OPG_PASSWORD"]) redactor.add(world.env[name] ?? "");
  return new Output(manner, world, redactor);
}

/**
 * Where a command speaks. With `--json`, standard output carries one JSON object as its last line and nothing else; with
 * `--only`, one field of it.
 */
export class Output {
  /** Whether a program reads standard output. */
  readonly json: boolean;
  readonly redactor: Redactor;
  readonly #only: string | undefined;
  readonly #streams: Streams;

  constructor({ json, only }: Manner, streams: Streams, redactor: Redactor) {
    this.json = json === true || only !== undefined;
    this.#only = only;
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
    const text = this.redactor.scrub(JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item)));
    this.#streams.stdout.write(`${this.#only === undefined ? text : bare(text, this.#only)}\n`);
  }

  /** What a program reads of a failure; who asked for one field gets nothing that could be taken for it. */
  failure(value: Record<string, unknown>): void {
    if (this.json && this.#only === undefined) this.result(value, []);
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

/** One field of a JSON object: a text as it is, anything else as JSON. */
function bare(text: string, name: string): string {
  const found = fieldOf(JSON.parse(text), name);
  if (found === undefined) throw inputError("FIELD", `the command is done, but its result has no "${name}": ${text}`, { fix: "name one of these with --only" });
  return typeof found === "string" ? found : JSON.stringify(found);
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
