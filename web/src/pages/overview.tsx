import { Link } from "wouter";
import { useHistory } from "../data/useHistory.ts";
import { Amount } from "../ui/amount.tsx";
import { Card } from "../ui/facts.tsx";
import { JobTable } from "../ui/jobTable.tsx";
import { Answer } from "../ui/states.tsx";
import { useTitle } from "../ui/useTitle.ts";

const NEWEST = 10;

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
          <ul className="figures">
            <Figure name="jobs" href="/jobs" value={jobs.reduce((sum, tally) => sum + tally.jobs, 0)} />
            <Figure name="models" href="/models" value={models} beside={`${versions} versions`} />
            <Figure name="operators" href="/operators" value={operators} />
            <Figure name="bonded" href="/operators" value={<Amount of={bonded} />} />
            <Figure name="disputes" href="/disputes" value={disputes} beside={`${openDisputes} open`} />
            <Figure name="convictions" href="/disputes" value={convictions} beside={<><Amount of={slashed} /> slashed</>} />
          </ul>
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
