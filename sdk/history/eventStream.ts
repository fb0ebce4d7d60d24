import type { IndexedEvent } from "../../core/history/types.ts";
import { OpgError } from "../errors.ts";
import { pause } from "../pause.ts";

/** Milliseconds until a stream that ended is asked for again; after every failure in a row twice as long, up to a limit. */
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;
/** Milliseconds of silence after which a stream is taken for dead: three heartbeats. */
const SILENCE_MS = 45_000;
/** Characters of one message. */
const LONGEST = 8 << 20;

type Connect = (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Response>;

/**
 * Tells of every event of a stream of server-sent events until the signal aborts, and goes on from the last one where the connection was lost.
 * Rationale: EventSource tells only of events whose names it is given, and Node has none.
 */
export async function followStream(connect: Connect, listener: (event: IndexedEvent) => void, onError: ((error: unknown) => void) | undefined, signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  let wait = RETRY_MS;
  while (!signal.aborted) {
    try {
      for await (const { id, data } of messages(connect, last, signal)) {
        wait = RETRY_MS;
        last = id ?? last;
        if (data !== undefined) listener(JSON.parse(data) as IndexedEvent);
      }
    } catch (error) {
      if (!signal.aborted) onError?.(error);
    }
    await pause(wait, signal).catch(() => undefined);
    wait = Math.min(2 * wait, LONGEST_RETRY_MS);
  }
}

interface Message {
  readonly id?: string;
  readonly data?: string;
}

/** The messages of one connection, comments among them as empty ones. */
async function* messages(connect: Connect, last: string | undefined, signal: AbortSignal): AsyncGenerator<Message, void> {
  const ending = new AbortController();
  const fail = () => ending.abort(new OpgError("API", "the stream of events has been silent for too long", "it is opened again"));
  let timer = setTimeout(fail, SILENCE_MS);
  try {
    const response = await connect(last === undefined ? {} : { "last-event-id": last }, AbortSignal.any([signal, ending.signal]));
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(fail, SILENCE_MS);
      const blocks = (held + part.value).split("\n\n");
      held = blocks.pop()!;
      if (held.length > LONGEST) throw new OpgError("API", `a message of the stream has more than ${LONGEST} characters`, "ask for `events` instead");
      yield* blocks.map(parse);
    }
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

const parse = (block: string): Message => Object.fromEntries(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
