import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import { LEVELS } from "../../core/events.ts";
import type { EventName, Events } from "../../core/events.ts";
import type { Redactor } from "../../core/secrets.ts";

const SENSITIVE = ["privateKey", "password", "mnemonic", "secret", "authorization", "signedTransaction"];

export interface LoggerOptions {
  readonly level: string;
  readonly format: "json" | "text";
  readonly redactor: Redactor;
  readonly destination: DestinationStream;
}

/**
 * The log. Nothing secret reaches it by three separate means: secrets travel as `Secret`, fields with a telling name
 * are masked, and the finished line is scrubbed of every value that was read as a key or a password.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SENSITIVE.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
      hooks: { streamWrite: (line) => options.redactor.scrub(options.format === "json" ? line : plain(line)) },
    },
    options.destination,
  );
}

export function logSubscriber(logger: Logger): (name: EventName, fields: Events[EventName]) => void {
  return (name, fields) => logger[LEVELS[name]]({ event: name, ...fields }, name);
}

/** `12:30:01 info  job.submitted job=0x1` */
function plain(line: string): string {
  const { time, level, msg, event: _event, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${show(value)}`);
  return `${[String(time).slice(11, 19), String(level).padEnd(5), msg, ...pairs].join(" ")}\n`;
}

function show(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[\s"]/.test(text) ? JSON.stringify(text) : text;
}
