import { Link } from "wouter";
import type { ModelDetail, Tally } from "../../../../core/history/types.ts";
import { JOB_STATUS } from "../../../../core/jobs/job.ts";
import { useHistory } from "../../data/useHistory.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card, Facts } from "../../ui/facts.tsx";
import { Status } from "../../ui/status.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { revenueOf } from "./revenue.ts";

const COLUMNS: readonly Column<Tally>[] = [
  { name: "Status", of: ({ status }) => <Status of={status} /> },
  { name: "Jobs", of: ({ jobs }) => jobs.toLocaleString("en"), isNumber: true },
  { name: "Fees", of: ({ fees }) => <Amount of={fees} />, isNumber: true },
];

/** What became of the model's jobs, and what its publisher has of them. */
export function JobsOf({ model: { id, record, versions } }: { readonly model: ModelDetail }) {
  const revenue = useHistory(["revenue", id], async (history) => {
    const found = await Promise.all(versions.items.map((version) => history.version(version.id)));
    return found.reduce((sum, version) => sum + (version === undefined ? 0n : revenueOf(version.record, version.shareBps)), 0n);
  });
  const ordered = [...record].sort((a, b) => JOB_STATUS.indexOf(a.status) - JOB_STATUS.indexOf(b.status));
  return (
    <Card title="Jobs of the model" aside={<Link href={`/jobs?model=${id}`}>All its jobs</Link>}>
      <Table title="Jobs by status" columns={COLUMNS} items={ordered} keyOf={({ status }) => status} none="Nobody has asked it anything yet." />
      <Facts of={[["Publisher's revenue", revenue.data === undefined ? "…" : <Amount of={revenue.data} />]]} />
    </Card>
  );
}
