import { useEffect, useRef, useState } from "react";
import type { Hex } from "../../../../../core/hex.ts";
import type { EthersClient, JobUpdate, NamedSpecs } from "../../../../../sdk/index.ts";
import type { TensorValue } from "../../../../../sdk/tensors/values.ts";
import type { Terms } from "./terms.ts";

/** What became of a request. */
export type Asking =
  | { readonly kind: "idle" }
  /** The wallet is asked, and then the chain. */
  | { readonly kind: "sending" }
  | { readonly kind: "waiting"; readonly job: bigint; readonly updates: readonly JobUpdate[]; readonly fault?: unknown }
  | { readonly kind: "failed"; readonly fault: unknown };

interface Ask {
  readonly client: EthersClient;
  readonly version: Hex;
  readonly values: readonly TensorValue[];
  readonly terms: Terms;
  readonly named?: NamedSpecs;
}

/** Milliseconds between two looks at the chain. */
const POLL = 1_000;

/** Asks for an inference and follows it. Who leaves the page stops following; the job goes on. */
export function useAsk(): readonly [Asking, (ask: Ask) => Promise<void>] {
  const [asking, setAsking] = useState<Asking>({ kind: "idle" });
  const following = useRef<AbortController>(undefined);
  useEffect(() => () => following.current?.abort(), []);

  async function ask({ client, version, values, terms, named }: Ask): Promise<void> {
    following.current?.abort();
    const { signal } = (following.current = new AbortController());
    setAsking({ kind: "sending" });
    try {
      const { job, block } = await client.request(version, values, { ...terms, ...(named && { named }) });
      await follow(client, job, block, signal);
    } catch (fault) {
      setAsking({ kind: "failed", fault });
    }
  }

  async function follow(client: EthersClient, job: bigint, fromBlock: number, signal: AbortSignal): Promise<void> {
    let updates: readonly JobUpdate[] = [];
    setAsking({ kind: "waiting", job, updates });
    try {
      for await (const update of client.waitForResult(job, { signal, fromBlock, pollMs: POLL })) {
        updates = [...updates, update];
        setAsking({ kind: "waiting", job, updates });
      }
    } catch (fault) {
      if (!signal.aborted) setAsking({ kind: "waiting", job, updates, fault });
    }
  }

  return [asking, ask];
}
