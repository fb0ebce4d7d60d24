import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Somebody who can be asked. */
export interface Terminal {
  ask(question: string): Promise<string>;
  /** Without showing what is typed. */
  askSecret(question: string): Promise<string>;
}

/** The terminal of this process; undefined where there is none to ask on. */
export function processTerminal(): Terminal | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return { ask: (question) => read(question, false), askSecret: (question) => read(question, true) };
}

async function read(question: string, secret: boolean): Promise<string> {
  let muted = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    const answer = lines.question(question);
    muted = secret;
    return await answer;
  } finally {
    lines.close();
    if (secret) process.stderr.write("\n");
  }
}
