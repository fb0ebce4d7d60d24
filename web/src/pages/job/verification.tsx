import { useEffect, useRef, useState } from "react";
import type { IndexedJob, IndexedVersion } from "../../../../core/history/types.ts";
import { OpgError } from "../../../../sdk/errors.ts";
import { isOutOfReach, type PublishedFiles } from "../../data/publishedFiles.ts";
import { useSite } from "../../site.ts";
import { Card } from "../../ui/facts.tsx";
import { Failure } from "../../ui/states.tsx";
import { GivenFiles } from "../../ui/givenFiles.tsx";
import { wordsOfVerdict, type Judged } from "./verdictWords.ts";

interface VerificationProps {
  readonly job: IndexedJob;
  readonly version: IndexedVersion;
  readonly files: PublishedFiles;
  /** Told once the published files are there. */
  readonly onFiles: () => void;
}

type Run =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly progress?: readonly [done: number, all: number] }
  | { readonly kind: "judged"; readonly judged: Judged; readonly seconds: number }
  | { readonly kind: "failed"; readonly fault: unknown };

const isWithoutFile = (run: Run): boolean => run.kind === "failed" && run.fault instanceof OpgError && run.fault.code === "FILE";

/** Recomputes the job in this browser, without a key and without trusting anybody but the node. */
export function Verification({ job, version, files, onFiles }: VerificationProps) {
  const { client } = useSite();
  const [run, setRun] = useState<Run>({ kind: "idle" });
  const stop = useRef<AbortController>(undefined);
  // Whoever leaves the page needs no answer any more.
  useEffect(() => () => stop.current?.abort(), []);

  async function verify(): Promise<void> {
    const { signal } = (stop.current = new AbortController());
    const show = (next: Run): void => {
      if (!signal.aborted) setRun(next);
    };
    const start = performance.now();
    show({ kind: "running" });
    try {
      const kit = await client();
      const verdict = await kit.verify(BigInt(job.id), { fetchFile: files.fetcher(version), signal, onProgress: (...progress) => show({ kind: "running", progress }) });
      show({ kind: "judged", judged: wordsOfVerdict(verdict, version), seconds: (performance.now() - start) / 1_000 });
      onFiles();
    } catch (fault) {
      show({ kind: "failed", fault });
    }
  }

  function cancel(): void {
    stop.current?.abort();
    setRun({ kind: "idle" });
  }

  return (
    <Card title="Verify it yourself">
      <p>
        Your browser takes the two published files, checks their hashes, rebuilds the program, and computes the whole run again by the exact rules that the chain judges by. It needs no key and no account.
      </p>
      {run.kind === "running" ? (
        <div className="running">
          <progress aria-label="nodes computed" value={run.progress?.[0]} max={run.progress?.[1]} />
          <span>{run.progress === undefined ? "fetching the files" : `${run.progress[0]} of ${run.progress[1]} nodes`}</span>
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        </div>
      ) : (
        <button type="button" className="primary" onClick={() => void verify()}>
          {run.kind === "idle" ? "Verify" : "Verify again"}
        </button>
      )}
      <div role="status" className="verdict">{run.kind === "judged" && <Result {...run} />}</div>
      {run.kind === "failed" && <Failure of={run.fault} />}
      {(isWithoutFile(run) || isOutOfReach(version.fileURI) || isOutOfReach(version.programURI)) && <GivenFiles version={version} files={files} />}
    </Card>
  );
}

const Result = ({ judged: { title, manner, sentence, checked }, seconds }: { readonly judged: Judged; readonly seconds: number }) => (
  <>
    <div className={`notice ${manner}`}>
      <p>
        <strong>{title}</strong> <small>in {seconds.toFixed(2)} s</small>
      </p>
      <p>{sentence}</p>
    </div>
    {checked.length > 0 && (
      <ul className="checked">
        {checked.map(([what, detail]) => (
          <li key={what}>
            {what} <code>{detail}</code>
          </li>
        ))}
      </ul>
    )}
  </>
);
