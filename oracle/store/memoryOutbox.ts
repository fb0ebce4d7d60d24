import type { Outbox, OutboxEntry } from "../ports.ts";

/** An outbox for one command at a terminal, where the person at it is the memory. */
export function createMemoryOutbox(): Outbox {
  const entries = new Map<string, OutboxEntry>();
  const change = (intent: string, set: Partial<OutboxEntry>): Promise<void> => {
    const entry = entries.get(intent);
    if (entry !== undefined) entries.set(intent, { ...entry, ...set });
    return Promise.resolve();
  };
  const fresh = {
    status: "planned",
    nonce: null,
    gasLimit: null,
    attempts: [],
    hash: null,
    block: null,
    gasUsed: null,
    error: null,
  } as const;
  return {
    plan(intent) {
      const entry = entries.get(intent.intent) ?? { ...intent, ...fresh };
      entries.set(intent.intent, entry);
      return Promise.resolve(entry);
    },
    get: (intent) => Promise.resolve(entries.get(intent)),
    open: (limit) =>
      Promise.resolve(
        (["sent", "planned"] as const)
          .flatMap((wanted) => [...entries.values()].filter(({ status }) => status === wanted))
          .slice(0, limit),
      ),
    underway: (kind) =>
      Promise.resolve([...entries.values()].filter((entry) => entry.kind === kind && ["planned", "sent"].includes(entry.status))),
    sent: (intent, nonce, gasLimit, attempts) => change(intent, { status: "sent", nonce, gasLimit, attempts }),
    confirmed: (intent, receipt, mined) =>
      change(intent, { status: "confirmed", ...receipt, attempts: mined === undefined ? [] : [mined], error: null }),
    reopen: (intent) => change(intent, { status: "sent", block: null }),
    refused: (intent, error) => change(intent, { status: "refused", error }),
    replan: (intent) => change(intent, fresh),
  };
}
