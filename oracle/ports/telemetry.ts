import type { EventName, Events } from "../../core/events.ts";

export interface Telemetry {
  emit<N extends EventName>(name: N, fields: Events[N]): void;
}
