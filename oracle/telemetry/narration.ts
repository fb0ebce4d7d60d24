import { decodeJobEvent } from "../../core/jobs/events.ts";
import type { Party } from "../../core/jobs/lifecycle.ts";
import { tell } from "../../core/jobs/telling.ts";
import type { Store, Telemetry } from "../ports.ts";
import { withMethods } from "./proxies.ts";

/**
 * A store that tells of every event of the chain once it is kept, and so once, whatever starts and stops lie between. An
 * event that a reorganisation undid is told again when it comes back; one between whose keeping and telling the process
 * died is not told.
 */
export function narrated(store: Store, telemetry: Telemetry, party: Party): Store {
  return withMethods(store, {
    async advance(to, events) {
      await store.advance(to, events);
      for (const { job, event } of events) {
        for (const [name, fields] of tell(job, decodeJobEvent(event), party)) telemetry.emit(name, fields);
      }
    },
  });
}
