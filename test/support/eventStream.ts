export interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export interface EventStream {
  /** The next event; comments are passed over. */
  next(): Promise<StreamedEvent>;
  /** Settles when the server ended it. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** A client of server-sent events, once the server has begun to answer. */
export async function openEventStream(url: string, lastEventId?: string): Promise<EventStream> {
  const response = await fetch(url, { headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId } });
  if (response.status !== 200 || response.headers.get("content-type") !== "text/event-stream") throw new Error(`no stream: ${response.status} ${await response.text()}`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let held = (await reader.read()).value ?? "";
  const waiting: StreamedEvent[] = [];

  async function next(): Promise<StreamedEvent> {
    for (;;) {
      const parts = held.split("\n\n");
      held = parts.pop()!;
      waiting.push(...parts.map(parse).filter((event) => event !== undefined));
      if (waiting.length > 0) return waiting.shift()!;
      const { done, value } = await reader.read();
      if (done) throw new Error("the stream ended");
      held += value;
    }
  }

  return {
    next,
    // Of the reader, so that nobody has to read on.
    ended: reader.closed,
    close: () => reader.cancel(),
  };
}

function parse(block: string): StreamedEvent | undefined {
  const fields = Object.fromEntries(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  return fields.data === undefined ? undefined : { id: fields.id, event: fields.event, data: JSON.parse(fields.data) as Record<string, unknown> };
}
