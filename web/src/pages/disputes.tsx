import { Link, useLocation, useSearch } from "wouter";
import type { IndexedJob } from "../../../core/history/types.ts";
import { useNow } from "../data/clock.tsx";
import { useHistory } from "../data/useHistory.ts";
import { Amount } from "../ui/amount.tsx";
import { Card } from "../ui/facts.tsx";
import { JobId, OperatorId } from "../ui/ids.tsx";
import { Pager, usePaging } from "../ui/pager.tsx";
import { Answer } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { When } from "../ui/time.tsx";
import { useTitle } from "../ui/useTitle.ts";
import { standingOf } from "./disputes/standing.ts";
import "./jobs/jobs.css";

const STATES = ["open", "over"] as const;
type State = (typeof STATES)[number];

const COLUMNS: readonly Column<IndexedJob>[] = [
  { name: "Job", of: ({ id }) => <JobId of={id} /> },
  { name: "State", of: (job) => <Standing job={job} /> },
  { name: "Operator", of: ({ operator }) => operator !== null && <OperatorId of={operator} /> },
  { name: "Challengers", of: ({ dispute }) => dispute!.challengers, isNumber: true },
  { name: "Slashed", of: ({ dispute }) => (dispute!.slashed === "0" ? "–" : <Amount of={dispute!.slashed} />), isNumber: true },
  { name: "Challenged", of: ({ dispute }) => <When at={dispute!.challengedAt} /> },
  { name: "Arithmetic", of: ({ id }) => <Link href={`/jobs/${id}/replay`}>Replay</Link> },
];

export function Disputes() {
  useTitle("Disputes");
  const [, go] = useLocation();
  const given = new URLSearchParams(useSearch()).get("state");
  const state = STATES.find((each) => each === given);
  return (
    <>
      <h1>Disputes</h1>
      <p className="lead">Results that somebody challenged. The chain recomputes the one number that is disputed; nobody is asked for an opinion.</p>
      <div className="filters">
        <label>
          State
          <select value={state ?? ""} onChange={({ target }) => go(target.value === "" ? "/disputes" : `/disputes?state=${target.value}`)}>
            <option value="">any</option>
            {STATES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      </div>
      <Card title={state === undefined ? "All disputes" : state === "open" ? "Open disputes" : "Disputes that are over"}>
        <List key={state} state={state} />
      </Card>
    </>
  );
}

function List({ state }: { readonly state: State | undefined }) {
  const paging = usePaging();
  const filter = state === undefined ? {} : { state };
  const disputes = useHistory(["disputes", filter, paging.request], (history) => history.disputes(filter, paging.request));
  return (
    <>
      <Answer of={disputes} what="the disputes">
        {({ items }) => <Table title="Disputes" columns={COLUMNS} items={items} keyOf={({ id }) => id} none={state === undefined ? "Nobody has challenged a result yet." : `No dispute is ${state}.`} />}
      </Answer>
      <Pager paging={paging} page={disputes.data} />
    </>
  );
}

function Standing({ job }: { readonly job: IndexedJob }) {
  const { words, manner } = standingOf(job.dispute!, useNow());
  return <span className={`badge ${manner}`}>{words}</span>;
}
