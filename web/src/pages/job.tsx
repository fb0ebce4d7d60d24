import { useState } from "react";
import { Link } from "wouter";
import { reasonOf } from "../../../core/jobs/reason.ts";
import { useNow } from "../data/clock.tsx";
import { PublishedFiles } from "../data/publishedFiles.ts";
import { useHistory } from "../data/useHistory.ts";
import { Card } from "../ui/facts.tsx";
import { Id, short } from "../ui/ids.tsx";
import { Answer } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { useTitle } from "../ui/useTitle.ts";
import { Clocks } from "./job/clockList.tsx";
import { Contents } from "./job/contents.tsx";
import { Moves } from "./job/moveList.tsx";
import { OperatorOf } from "./job/operatorOf.tsx";
import { readJob, type JobRecord } from "./job/record.ts";
import { Terms } from "./job/terms.tsx";
import { Timeline } from "./job/timeline.tsx";
import { useDescription } from "./job/useDescription.ts";
import { Verification } from "./job/verification.tsx";
import "./job/job.css";

/** A job's page. Another job's is another page, which shows nothing of this one while it is read. */
export const Job = ({ id }: { readonly id: string }) => <JobPage key={id} id={id.toLowerCase()} />;

function JobPage({ id }: { readonly id: string }) {
  useTitle(`Job ${short(id)}`);
  const record = useHistory(["job", id], (history) => readJob(history, id));
  return (
    <Answer of={record} what={`the job ${short(id)}`}>
      {(found) => <Shown record={found} />}
    </Answer>
  );
}

function Shown({ record }: { readonly record: JobRecord }) {
  const { job, events, isCut, state } = record;
  const [files] = useState(() => new PublishedFiles());
  const version = useHistory(["version", job.version], (history) => history.version(job.version));
  const found = version.data ?? undefined;
  const description = useDescription(found, files);
  return (
    <>
      <div className="job-head">
        <h1>
          Job <Id of={job.id} />
        </h1>
        <span aria-live="polite">
          <Status of={job.status} />
        </span>
      </div>
      <Card title="Where it stands" aside={job.dispute !== null && <Link href={`/jobs/${job.id}/replay`}>Replay the dispute</Link>}>
        {state !== undefined && <Reason state={state} />}
        {state !== undefined && <Clocks state={state} />}
        {state !== undefined && <Moves state={state} />}
      </Card>
      <Contents job={job} version={found} description={description} files={files} />
      {job.submittedAt !== null && found !== undefined && <Verification job={job} version={found} files={files} onFiles={description.readNames} />}
      <div className="job-below">
        <Timeline events={events} isCut={isCut} />
        <div className="job-beside">
          <Terms job={job} version={found} />
          <OperatorOf job={job} />
        </div>
      </div>
    </>
  );
}

function Reason({ state }: { readonly state: NonNullable<JobRecord["state"]> }) {
  const reason = reasonOf(state, useNow());
  return <p className="reason">{`${reason[0].toUpperCase()}${reason.slice(1)}.`}</p>;
}
