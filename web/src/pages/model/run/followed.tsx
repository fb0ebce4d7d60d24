import { Link } from "wouter";
import { formatJobId } from "../../../../../core/jobs/job.ts";
import { isRooted } from "../../../../../core/program/jobOutput.ts";
import type { JobUpdate, NamedSpecs } from "../../../../../sdk/index.ts";
import type { CardHints } from "../../../data/card.ts";
import { Failure } from "../../../ui/states.tsx";
import { When } from "../../../ui/time.tsx";
import { Outputs } from "./outputs.tsx";
import type { Asking } from "./useAsk.ts";

interface FollowedProps {
  readonly asking: Asking;
  readonly specs: NamedSpecs;
  readonly hints: CardHints;
}

/** A request on its way: every stage as it comes, then the result. */
export function Followed({ asking, specs, hints }: FollowedProps) {
  if (asking.kind === "idle") return null;
  if (asking.kind === "sending") return <p role="status">Asking: confirm it in your wallet if it wants you to …</p>;
  if (asking.kind === "failed") return <Failure of={asking.fault} />;
  const { job, updates, fault } = asking;
  const id = formatJobId(job);
  const last = updates.at(-1);
  return (
    <section className="followed" aria-label="Your request">
      <p>
        <Link href={`/jobs/${id}`}>The job's page</Link> shows everything about it, and stays.
      </p>
      <ol className="stages" aria-live="polite">
        {updates.map((update, i) => (
          <Stage key={i} update={update} isLast={i === updates.length - 1} />
        ))}
      </ol>
      {last?.state.output !== undefined && !isRooted(specs) && (
        <>
          <p className={last.isFinal ? "notice good" : "notice"}>{last.isFinal ? "The result is final." : "Nobody should rely on this before it is final: it may still be challenged."}</p>
          <Outputs specs={specs.outputs} bytes={last.state.output} hints={hints} />
        </>
      )}
      {fault !== undefined && <Failure of={fault} />}
    </section>
  );
}

const Stage = ({ update: { stage, reason, finalizesAt, isEnd }, isLast }: { readonly update: JobUpdate; readonly isLast: boolean }) => (
  <li className={isLast && !isEnd ? "now" : undefined}>
    <strong>{stage}</strong> {reason}
    {isLast && finalizesAt !== undefined && (
      <>
        {" "}
        · final <When at={finalizesAt} />
      </>
    )}
  </li>
);
