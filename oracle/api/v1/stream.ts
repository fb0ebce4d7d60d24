import type { IndexedEvent, Subject } from "../../../core/history/types.ts";
import type { ChainIndex } from "../../ports.ts";

/** Events read at once. */
export const BATCH = 100;
/** Milliseconds after which a comment shows a silent client, and whatever stands between, that the stream lives. */
const HEARTBEAT_MS = 15_000;

/** An event as server-sent events have it; its sequence number is what a client comes back with. */
const encode = (event: IndexedEvent): string => `id: ${event.sequence}\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`;

export interface StreamSource extends Pick<ChainIndex, "revision" | "onChange"> {
  /** Up to BATCH events after a sequence number, the oldest first. */
  readonly eventsAfter: (sequence: number) => Promise<readonly IndexedEvent[]>;
}

/**
 * Events after a sequence number, as they come, until the signal aborts.
 *
 * @param subject tells only of these, and of reorganisations
 */
export async function* streamEvents(index: StreamSource, from: number, subject: Subject | undefined, signal: AbortSignal): AsyncGenerator<string> {
  let after = from;
  // The place from which a client goes on that loses the connection before the first event.
  yield `retry: 2000\nid: ${from}\n\n`;
  while (!signal.aborted) {
    const revision = index.revision();
    const events = await index.eventsAfter(after);
    for (const event of events) if (subject === undefined || event.subject === subject || event.subject === null) yield encode(event);
    after = events.at(-1)?.sequence ?? after;
    // INVARIANT: nothing comes between the question for the revision and the listening.
    if (events.length < BATCH && index.revision() === revision && !(await changed(index, signal))) yield ": alive\n\n";
  }
}

/** True when the index changed, or the signal aborted, before a heartbeat is due. */
async function changed(index: StreamSource, signal: AbortSignal): Promise<boolean> {
  let quit = (): void => undefined;
  const isChanged = await new Promise<boolean>((resolve) => {
    if (signal.aborted) return resolve(true);
    const unlisten = index.onChange(() => resolve(true));
    const timer = setTimeout(() => resolve(false), HEARTBEAT_MS);
    const abort = () => resolve(true);
    signal.addEventListener("abort", abort, { once: true });
    quit = () => {
      unlisten();
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
  });
  quit();
  return isChanged;
}
