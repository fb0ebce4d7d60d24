import { JOB_STATUS } from "../../../../core/jobs/job.ts";
import type { Tally } from "../../../../core/history/types.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card } from "../../ui/facts.tsx";
import { Status } from "../../ui/status.tsx";
import { Table, type Column } from "../../ui/table.tsx";

const COLUMNS: readonly Column<Tally>[] = [
  { name: "Status", of: ({ status }) => <Status of={status} /> },
  { name: "Jobs", of: ({ jobs }) => jobs.toLocaleString("en"), isNumber: true },
  { name: "Fees", of: ({ fees }) => <Amount of={fees} />, isNumber: true },
];

/** What became of jobs, by their status. */
export const Record = ({ record }: { readonly record: readonly Tally[] }) => (
  <Card title="Record">
    <Table title="Jobs by status" columns={COLUMNS} items={inOrder(record)} keyOf={({ status }) => status} none="It has served nothing yet." />
  </Card>
);

const inOrder = (record: readonly Tally[]): Tally[] => [...record].sort((a, b) => JOB_STATUS.indexOf(a.status) - JOB_STATUS.indexOf(b.status));
