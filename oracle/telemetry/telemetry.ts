import type { EventName, Events } from "../../core/events.ts";
import type { Telemetry } from "../ports.ts";

type Subscriber = (name: EventName, fields: Events[EventName]) => void;

export function createTelemetry(subscribers: readonly Subscriber[]): Telemetry {
  return { emit: (name, fields) => subscribers.forEach((notify) => notify(name, fields)) };
}
