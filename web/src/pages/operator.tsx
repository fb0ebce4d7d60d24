import { Link } from "wouter";
import type { OperatorDetail } from "../../../core/history/types.ts";
import { useHistory } from "../data/useHistory.ts";
import { Card } from "../ui/facts.tsx";
import { Id, short } from "../ui/ids.tsx";
import { JobList } from "../ui/jobList.tsx";
import { Answer } from "../ui/states.tsx";
import { useTitle } from "../ui/useTitle.ts";
import { Bond } from "./operators/bond.tsx";
import { BondEvents } from "./operators/bondEvents.tsx";
import { Record } from "./operators/recordTable.tsx";
import { Slashes } from "./operators/slashes.tsx";

/** An operator's page; another one's is another page. */
export const Operator = ({ address }: { readonly address: string }) => <OperatorPage key={address} address={address.toLowerCase()} />;

function OperatorPage({ address }: { readonly address: string }) {
  useTitle(`Operator ${short(address)}`);
  const operator = useHistory(["operator", address], (history) => history.operator(address));
  return (
    <Answer of={operator} what={`the operator ${short(address)}`}>
      {(found) => <Shown operator={found} />}
    </Answer>
  );
}

const Shown = ({ operator }: { readonly operator: OperatorDetail }) => (
  <>
    <h1>
      Operator <Id of={operator.address} />
    </h1>
    <div className="columns">
      <Bond operator={operator} />
      <Record record={operator.record} />
    </div>
    {operator.slashes > 0 && <Slashes address={operator.address} />}
    <Card title="Its jobs" aside={<Link href={`/jobs?operator=${operator.address}`}>List them by status</Link>}>
      <JobList title="Jobs of this operator" filter={{ operator: operator.address }} none="It has served nothing yet." />
    </Card>
    <BondEvents events={operator.events} />
  </>
);
