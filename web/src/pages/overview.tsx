import { Link } from "wouter";
import type { Tally } from "../../../core/history/types.ts";
import type { JobStatus } from "../../../core/jobs/job.ts";
import { useHistory } from "../data/useHistory.ts";
import { Amount } from "../ui/amount.tsx";
import { Card } from "../ui/facts.tsx";
import { JobTable } from "../ui/jobTable.tsx";
import { Answer } from "../ui/states.tsx";
import { placeOf, Status } from "../ui/status.tsx";
import { useTitle } from "../ui/useTitle.ts";

const NEWEST = 10;
const DISPUTED = 5;
const UNDER_WAY: readonly JobStatus[] = ["Requested", "Accepted", "Submitted", "Challenged", "Upheld"];

export function Overview() {
  useTitle("Overview");
  const overview = useHistory(["overview"], (history) => history.overview());
  const newest = useHistory(["jobs", "newest"], (history) => history.jobs({}, { limit: NEWEST }));
  return (
    <>
      <h1>Inference that anybody can check</h1>
      <p className="lead">
        Operators run models, bond OPG and submit results. Whoever doubts a result recomputes it; a wrong number is convicted by the chain's own arithmetic.
      </p>
      <Answer of={overview} what="the overview">
        {({ jobs, models, versions, operators, bonded, disputes, openDisputes, convictions, slashed }) => (
          <>
            <ul className="figures">
              <Figure name="jobs" href="/jobs" value={sumOf(jobs)} beside={`${sumOf(jobs.filter(({ status }) => UNDER_WAY.includes(status)))} under way`} />
              <Figure name="models" href="/models" value={models} beside={`${versions} versions`} />
              <Figure name="operators" href="/operators" value={operators} beside={<><Amount of={bonded} /> bonded</>} />
              <Figure name="disputes" href="/disputes" value={disputes} beside={`${openDisputes} open`} />
              <Figure name="convictions" href="/disputes" value={convictions} beside={<><Amount of={slashed} /> slashed</>} />
            </ul>
            {jobs.length > 0 && <ByStatus tallies={jobs} />}
            {openDisputes > 0 && <OpenDisputes />}
          </>
        )}
      </Answer>
      <Card title="Newest jobs" aside={<Link href="/jobs">All jobs</Link>}>
        <Answer of={newest} what="the newest jobs">
          {({ items }) => <JobTable title="Newest jobs" jobs={items} none="Nobody has asked for anything yet." />}
        </Answer>
      </Card>
    </>
  );
}

const sumOf = (tallies: readonly Tally[]): number => tallies.reduce((sum, { jobs }) => sum + jobs, 0);

const ByStatus = ({ tallies }: { readonly tallies: readonly Tally[] }) => (
  <nav aria-label="Jobs by status" className="tallies">
    {tallies.toSorted((a, b) => placeOf(a.status) - placeOf(b.status)).map(({ status, jobs }) => (
      <Link key={status} href={`/jobs?status=${status}`}>
        {jobs} <Status of={status} />
      </Link>
    ))}
  </nav>
);

function OpenDisputes() {
  const open = useHistory(["disputes", "open", "newest"], (history) => history.disputes({ state: "open" }, { limit: DISPUTED }));
  return (
    <Card title="In dispute" aside={<Link href="/disputes">All disputes</Link>}>
      <Answer of={open} what="the open disputes">
        {({ items }) => <JobTable title="In dispute" jobs={items} none="No job is in dispute." />}
      </Answer>
    </Card>
  );
}

function Figure({ name, value, beside, href }: { readonly name: string; readonly value: React.ReactNode; readonly beside?: React.ReactNode; readonly href: string }) {
  return (
    <li>
      <Link href={href}>
        <strong>{value}</strong>
        <span>{name}</span>
        {beside !== undefined && <small>{beside}</small>}
      </Link>
    </li>
  );
}
