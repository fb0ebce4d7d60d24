import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { sameBytes } from "../../../../../core/bytes.ts";
import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import type { CardHints } from "../../../data/card.ts";
import { Fault } from "../../../fault.ts";
import { runLocally } from "../../../model/inWorker.ts";
import type { OpenedModel } from "../../../model/useRebuilt.ts";
import { Failure } from "../../../ui/states.tsx";
import { Outputs } from "./outputs.tsx";

/** Elements that a run may read and write here: it takes some ten seconds. */
const MOST_WORK = 50_000_000;

type Run =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly done?: number; readonly all?: number }
  | { readonly kind: "ran"; readonly output: Uint8Array; readonly specs: readonly TensorSpec[]; readonly seconds: number; readonly input: Uint8Array }
  | { readonly kind: "failed"; readonly fault: unknown };

interface PreviewProps {
  readonly rebuilt: UseQueryResult<OpenedModel>;
  /** Undefined while something is missing. */
  readonly input: Uint8Array | undefined;
  readonly hints: CardHints;
}

/** Runs the model in this browser by the chain's own rules: what an honest operator would answer, for nothing. */
export function Preview({ rebuilt, input, hints }: PreviewProps) {
  const [run, setRun] = useState<Run>({ kind: "idle" });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  async function start(given: Uint8Array): Promise<void> {
    const { signal } = (running.current = new AbortController());
    setRun({ kind: "running" });
    try {
      const { published, specs, work } = rebuilt.data ?? (await rebuilt.refetch({ throwOnError: true })).data!;
      if (work > MOST_WORK) throw new Fault(`a run takes ${work.toLocaleString("en")} elements, more than the ${MOST_WORK.toLocaleString("en")} that are computed here`, "ask an operator for it");
      const began = performance.now();
      const output = await runLocally(published, given, { signal, onProgress: (done, all) => setRun({ kind: "running", done, all }) });
      setRun({ kind: "ran", output, specs: specs.outputs, seconds: (performance.now() - began) / 1_000, input: given });
    } catch (fault) {
      setRun(signal.aborted ? { kind: "idle" } : { kind: "failed", fault });
    }
  }

  return (
    <div className="preview">
      {run.kind === "running" ? (
        <div className="running">
          <progress aria-label="nodes computed" value={run.done} max={run.all} />
          <button type="button" onClick={() => running.current?.abort()}>
            Cancel
          </button>
        </div>
      ) : (
        <button type="button" disabled={input === undefined} onClick={() => void start(input!)}>
          Try it here, for nothing
        </button>
      )}
      <div aria-live="polite">
        {run.kind === "ran" && (
          <>
            <p className="notice">
              {input !== undefined && sameBytes(run.input, input) ? "" : "Of the input before. "}Computed in this browser in {run.seconds.toFixed(1)} s by the chain's exact rules. An honest operator gives the same bits; no contract knows of them.
            </p>
            <Outputs specs={run.specs} bytes={run.output} hints={hints} />
          </>
        )}
        {run.kind === "failed" && <Failure of={run.fault} />}
      </div>
    </div>
  );
}
