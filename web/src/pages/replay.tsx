import { useMemo, useState } from "react";
import { Link } from "wouter";
import { PublishedFiles, isOutOfReach } from "../data/publishedFiles.ts";
import { useHistory } from "../data/useHistory.ts";
import { Graph } from "../graph/graph.tsx";
import { Card } from "../ui/facts.tsx";
import { Id, short } from "../ui/ids.tsx";
import { Answer, Failure } from "../ui/states.tsx";
import { Status } from "../ui/status.tsx";
import { useTitle } from "../ui/useTitle.ts";
import type { Examination } from "../replay/examination.ts";
import { GivenFiles } from "../ui/givenFiles.tsx";
import { ChapterView } from "./replay/chapterView.tsx";
import { chaptersOf, marksIn, nodeIn, type ChapterName } from "./replay/chapters.ts";
import { Progress } from "./replay/middle.tsx";
import { readDispute, type DisputeRecord } from "./replay/record.ts";
import "./replay/replay.css";
import { StepperBar } from "./replay/stepperBar.tsx";
import { useExamination } from "./replay/useExamination.ts";
import { useGoingOn, useStepper } from "./replay/useStepper.ts";

/** The page that replays a job's dispute on the model's graph. */
export const Replay = ({ id }: { readonly id: string }) => <ReplayPage key={id} id={id.toLowerCase()} />;

function ReplayPage({ id }: { readonly id: string }) {
  useTitle(`The dispute about job ${short(id)}`);
  const record = useHistory(["dispute", id], (history) => readDispute(history, id));
  return (
    <Answer of={record} what={`the job ${short(id)}`}>
      {(found) => (found.job.dispute === null ? <NoDispute id={id} /> : <Story record={found} />)}
    </Answer>
  );
}

const NoDispute = ({ id }: { readonly id: string }) => (
  <>
    <h1>
      No dispute about job <Id of={id} />
    </h1>
    <p>
      Nobody challenged this job's result, so that there is nothing to replay. <Link href={`/jobs/${id}`}>The job's page</Link> lets your browser verify it all the same.
    </p>
  </>
);

/** Milliseconds of a chapter that has no movement of its own. */
const CHAPTER = 7_000;

function Story({ record }: { readonly record: DisputeRecord }) {
  const { job, state } = record;
  const [files] = useState(() => new PublishedFiles());
  const version = useHistory(["version", job.version], (history) => history.version(job.version));
  const published = version.data ?? undefined;
  const [examining, again] = useExamination(record, published, files);
  const { found } = examining;
  const chapters = chaptersOf(state, found);
  const stepper = useStepper(chapters.map(({ name }) => name).join(","));
  const chapter = chapters[stepper.at];
  useGoingOn(stepper, chapter.name === "arithmetic" ? undefined : CHAPTER);
  const needsFiles = published !== undefined && (examining.phase === "failed" || isOutOfReach(published.fileURI) || isOutOfReach(published.programURI));
  return (
    <>
      <div className="job-head">
        <h1>
          The dispute about job <Id of={job.id} href={`/jobs/${job.id}`} />
        </h1>
        <span aria-live="polite">
          <Status of={job.status} />
        </span>
      </div>
      <StepperBar chapters={chapters} stepper={stepper} />
      <Progress examining={examining} />
      {examining.phase === "failed" && <Failure of={examining.fault} />}
      {needsFiles && found === undefined && (
        <Card title="The model's files">
          <GivenFiles version={published} files={files} />
          <button type="button" className="primary" onClick={again}>
            Replay with these files
          </button>
        </Card>
      )}
      <section className="card chapter" aria-label="This step">
        <div aria-live="polite" className="chapter-title">
          <h2>
            <span className="story-count">
              {stepper.at + 1} of {chapters.length}
            </span>
            {chapter.title}
          </h2>
        </div>
        <ChapterView chapter={chapter.name} record={record} version={published} examining={examining} stepper={stepper} />
      </section>
      {found !== undefined && <Model found={found} chapter={chapter.name} />}
    </>
  );
}

/** The model's graph with what is known by a chapter. */
function Model({ found, chapter }: { readonly found: Examination; readonly chapter: ChapterName }) {
  const marks = useMemo(() => marksIn(chapter, found), [chapter, found]);
  const [chosen, choose] = useState<{ readonly chapter: ChapterName; readonly id: number }>();
  const selected = chosen?.chapter === chapter ? chosen.id : nodeIn(chapter, found);
  return (
    <Card title="The model">
      <Graph graph={found.graph} marks={marks} selected={selected} onSelect={(id) => choose({ chapter, id })} />
    </Card>
  );
}
