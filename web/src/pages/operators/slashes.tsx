import type { IndexedJob } from "../../../../core/history/types.ts";
import { useHistory } from "../../data/useHistory.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card } from "../../ui/facts.tsx";
import { JobId } from "../../ui/ids.tsx";
import { Pager, usePaging } from "../../ui/pager.tsx";
import { Answer } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { When } from "../../ui/time.tsx";

const COLUMNS: readonly Column<IndexedJob>[] = [
  { name: "Job", of: ({ id }) => <JobId of={id} /> },
  { name: "How", of: ({ dispute }) => dispute?.outcome },
  { name: "Slashed", of: ({ dispute }) => dispute !== null && <Amount of={dispute.slashed} />, isNumber: true },
  { name: "Challenged", of: ({ dispute }) => dispute !== null && <When at={dispute.challengedAt} /> },
];

/** The jobs that an operator was convicted of. */
export function Slashes({ address }: { readonly address: string }) {
  const paging = usePaging();
  const filter = { operator: address, status: "Convicted" } as const;
  const convicted = useHistory(["jobs", filter, paging.request], (history) => history.jobs(filter, paging.request));
  return (
    <Card title="Convictions">
      <Answer of={convicted} what="the convictions">
        {({ items }) => <Table title="Convictions" columns={COLUMNS} items={items} keyOf={({ id }) => id} none="None." />}
      </Answer>
      <Pager paging={paging} page={convicted.data} />
    </Card>
  );
}
