import type { IndexedOperator } from "../../../core/history/types.ts";
import { useHistory } from "../data/useHistory.ts";
import { Amount } from "../ui/amount.tsx";
import { Card } from "../ui/facts.tsx";
import { OperatorId } from "../ui/ids.tsx";
import { Pager, usePaging } from "../ui/pager.tsx";
import { Answer } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { When } from "../ui/time.tsx";
import { useTitle } from "../ui/useTitle.ts";

const COLUMNS: readonly Column<IndexedOperator>[] = [
  { name: "Operator", of: ({ address }) => <OperatorId of={address} /> },
  { name: "Bond", of: ({ bonded }) => <Amount of={bonded} />, isNumber: true },
  { name: "Leaving", of: ({ exiting }) => (exiting === "0" ? "–" : <Amount of={exiting} />), isNumber: true },
  { name: "Slashes", of: ({ slashes }) => slashes, isNumber: true },
  { name: "Slashed", of: ({ slashed }) => (slashed === "0" ? "–" : <Amount of={slashed} />), isNumber: true },
  { name: "Since", of: ({ since }) => <When at={since} /> },
];

export function Operators() {
  useTitle("Operators");
  const paging = usePaging();
  const operators = useHistory(["operators", paging.request], (history) => history.operators(paging.request));
  return (
    <>
      <h1>Operators</h1>
      <p className="lead">Everybody who bonded OPG to answer for results. A wrong number costs the bond behind it.</p>
      <Card title="All operators">
        <Answer of={operators} what="the operators">
          {({ items }) => <Table title="Operators" columns={COLUMNS} items={items} keyOf={({ address }) => address} none="Nobody has bonded yet." />}
        </Answer>
        <Pager paging={paging} page={operators.data} />
      </Card>
    </>
  );
}
