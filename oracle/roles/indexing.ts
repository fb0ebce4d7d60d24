import { messageOf } from "../../core/errors.ts";
import type { ChainFollower, Clock, Telemetry } from "../ports.ts";

/** Keeps the index up to the chain, beside the daemon's rounds, which wait for nothing here. */
export async function keepIndex(follower: ChainFollower, { clock, telemetry, pollMs }: { clock: Clock; telemetry: Telemetry; pollMs: number }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await follower.poll();
    } catch (error) {
      if (!signal.aborted) telemetry.emit("index.failed", { error: messageOf(error) });
    }
    await clock.sleep(pollMs, signal);
  }
}
