import { Link } from "wouter";
import type { IndexedJob } from "../../../../core/history/types.ts";
import { useHistory } from "../../data/useHistory.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card, Facts } from "../../ui/facts.tsx";
import { OperatorId } from "../../ui/ids.tsx";
import { countsIn } from "../operators/record.ts";

/** Whoever serves a job, with its bond and what became of its other jobs. */
export function OperatorOf({ job: { operator: address } }: { readonly job: IndexedJob }) {
  const asked = useHistory(["operator", address], async (history) => (address === null ? undefined : history.operator(address)));
  if (address === null) {
    return (
      <Card title="Operator">
        <p className="none">Any operator may serve it.</p>
      </Card>
    );
  }
  const operator = asked.data ?? undefined;
  const counts = operator && countsIn(operator.record);
  return (
    <Card title="Operator" aside={<Link href={`/jobs?operator=${address}`}>All of its jobs</Link>}>
      <Facts
        of={[
          ["Address", <OperatorId of={address} />],
          ["Bond", operator && <Amount of={operator.bonded} />],
          ["Leaving", operator && operator.exiting !== "0" ? <Amount of={operator.exiting} /> : undefined],
          ["Jobs served to the end", counts?.final],
          ["Their fees", counts && <Amount of={counts.earned} />],
          ["Under way", counts?.open],
          ["Convicted", counts?.convicted],
          ["Not served", counts?.unserved],
          ["Slashed", operator && <Amount of={operator.slashed} />],
        ]}
      />
      {operator === undefined && !asked.isPending && <p className="none">It never bonded here.</p>}
    </Card>
  );
}
