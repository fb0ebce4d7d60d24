import type { EventName, Events } from "../../core/events.ts";

/** A judgement that waits for something. */
export interface Waiting {
  readonly job: string;
  readonly for: string;
}

/** Jobs that are told of at most. */
const MOST = 100;
/** Events that end the waiting for a job. */
const ENDS = new Set<EventName>(["watch.matched", "watch.mismatched", "watch.doubted", "watch.gave-up", "dispute.opened"]);

/** What judgements wait for at this moment, for /health. */
export function createWaiting(now: () => number) {
  const waiting = new Map<string, { readonly for: string; readonly until: number }>();
  return {
    subscriber(name: EventName, fields: Events[EventName]): void {
      if (name === "watch.waiting") {
        const { job, for: reason, seconds } = fields as Events["watch.waiting"];
        waiting.delete(job);
        // Asked again by then, or no longer due.
        waiting.set(job, { for: reason, until: now() + 2_000 * seconds + 60_000 });
        if (waiting.size > MOST) waiting.delete(waiting.keys().next().value!);
      } else if (ENDS.has(name)) {
        waiting.delete((fields as { job: string }).job);
      }
    },
    list(): Waiting[] {
      return [...waiting].filter(([, { until }]) => until > now()).map(([job, entry]) => ({ job, for: entry.for }));
    },
  };
}
