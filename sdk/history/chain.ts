import { answersOf, type Answers } from "../../core/history/answers.ts";
import type { IndexedEvent } from "../../core/history/types.ts";
import { pause } from "../pause.ts";
import type { Deployment } from "../publicDeployments.ts";
import { ChainReader, POLL_MS, type ReaderOptions } from "./chainReader.ts";
import { checked, checkedSubject } from "./checked.ts";
import type { PastChain } from "./eventRanges.ts";
import type { History, SubscribeOptions } from "./history.ts";

/** Events that a listener is told of at once. */
const BATCH = 200;

/**
 * The history of a deployment from the chain alone; a `Client` says of which. The first answer waits until all logs from the deployment's
 * first block on have been read, which takes two requests for every `logRange` blocks and, where neither node nor library gives times with
 * logs, one for every block with an event. Later ones read only what is new. It is kept in memory, without the long fields of jobs' events:
 * about 1 kB an event. It asks the node only when it is asked, or has subscribers. How much a node may leave out, it may leave out here.
 */
export function historyFromChain({ chain, deployment }: { readonly chain: PastChain; readonly deployment: Deployment }, options: ReaderOptions = {}): History {
  const reader = new ChainReader(chain, deployment, options);
  return {
    ...checked(afterReading(reader)),
    subscribe(listener, subscription) {
      const ending = new AbortController();
      void follow(reader, listener, subscription, options.pollMs ?? POLL_MS, ending.signal);
      return () => ending.abort();
    },
  };
}

/** The answers of the reader's index, each once what is new has been read. */
function afterReading(reader: ChainReader): Answers {
  const answers = answersOf(reader.index);
  const entries = Object.entries(answers).map(([name, answer]) => [
    name,
    async (...values: never[]) => {
      await reader.upToDate();
      return (answer as (...values: never[]) => Promise<unknown>)(...values);
    },
  ]);
  return Object.fromEntries(entries) as Answers;
}

/** Tells of every event that comes until the signal aborts. */
async function follow(reader: ChainReader, listener: (event: IndexedEvent) => void, { subject, onError }: SubscribeOptions = {}, pollMs: number, signal: AbortSignal): Promise<void> {
  const only = subject && checkedSubject(subject);
  /** The newest event that was told or passed over. */
  let after = reader.isRead ? await reader.index.newest() : undefined;
  const tellNews = async (): Promise<void> => {
    await reader.upToDate();
    after ??= await reader.index.newest();
    for (let events: readonly IndexedEvent[] = []; !signal.aborted; ) {
      events = await reader.index.events({}, { limit: BATCH, after });
      for (const event of events) {
        if (signal.aborted) return;
        after = event.sequence;
        if (only === undefined || event.subject === only || event.subject === null) listener(event);
      }
      if (events.length < BATCH) return;
    }
  };
  while (!signal.aborted) {
    await tellNews().catch((error: unknown) => onError?.(error));
    await pause(pollMs, signal).catch(() => undefined);
  }
}
