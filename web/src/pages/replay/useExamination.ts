import { useEffect, useState } from "react";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { PublishedFiles } from "../../data/publishedFiles.ts";
import { Fault } from "../../fault.ts";
import type { Examination } from "../../replay/examination.ts";
import type { Said } from "../../replay/worker.ts";
import { useSite } from "../../site.ts";
import { gather } from "./gather.ts";
import type { DisputeRecord } from "./record.ts";

/** How far this browser is with looking into a dispute. What was found before stays while more is looked into. */
export interface Examining {
  readonly phase: "fetching" | "computing" | "done" | "failed";
  readonly progress?: readonly [done: number, all: number];
  readonly found?: Examination;
  readonly seconds?: number;
  readonly fault?: unknown;
}

/** Looks into a dispute on a thread of its own, again after each move that shows more. */
export function useExamination(record: DisputeRecord, version: IndexedVersion | undefined, files: PublishedFiles): readonly [Examining, again: () => void] {
  const { config } = useSite();
  const [state, setState] = useState<Examining>({ phase: "fetching" });
  const [attempt, setAttempt] = useState(0);
  const key = keyOf(record);
  useEffect(() => {
    if (version === undefined) return undefined;
    let isOver = false;
    let worker: Worker | undefined;
    const since = performance.now();
    const next = (change: Partial<Examining> & Pick<Examining, "phase">): void => {
      if (!isOver) setState(({ found }) => ({ ...(found && { found }), ...change }));
    };
    const fail = (fault: unknown): void => next({ phase: "failed", fault });
    next({ phase: "fetching" });
    gather(record, version, config.rpcUrl, files.fetcher(version)).then((asked) => {
      if (isOver) return;
      worker = new Worker(new URL("../../replay/worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<Said>) => {
        if (data.kind === "progress") return next({ phase: "computing", progress: [data.done, data.all] });
        worker?.terminate();
        if (data.kind === "failed") return fail(new Fault(data.error, "the job's own page tells what the chain says of it"));
        next({ phase: "done", found: data.examination, seconds: (performance.now() - since) / 1_000 });
      };
      worker.onerror = ({ message }) => fail(new Fault(`this browser could not start the replay: ${message}`, "try another browser"));
      next({ phase: "computing" });
      worker.postMessage(asked);
    }, fail);
    return () => {
      isOver = true;
      worker?.terminate();
    };
    // The record itself changes with everything that happens; the key only with what is looked into.
  }, [key, version?.id, attempt]);
  return [state, () => setAttempt((before) => before + 1)];
}

const keyOf = ({ job, state: { output, dispute }, proving }: DisputeRecord): string =>
  [job.id, output !== undefined, dispute?.opened?.traceRoot, dispute?.shown.length, proving?.conclusion].join();
