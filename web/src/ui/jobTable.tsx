import { Link } from "wouter";
import type { IndexedJob } from "../../../core/history/types.ts";
import { Amount } from "./amount.tsx";
import { Id, JobId, OperatorId } from "./ids.tsx";
import { Status } from "./status.tsx";
import { Table, type Column } from "./table.tsx";
import { When } from "./time.tsx";

const COLUMNS: readonly Column<IndexedJob>[] = [
  { name: "Job", of: ({ id }) => <JobId of={id} /> },
  { name: "Status", of: ({ status }) => <Status of={status} /> },
  { name: "Model", of: ({ model, version }) => (model === null ? <Id of={version} /> : <ModelOf model={model} version={version} />) },
  { name: "Operator", of: ({ operator }) => (operator === null ? "any" : <OperatorId of={operator} />) },
  { name: "Fee", of: ({ fee }) => <Amount of={fee} />, isNumber: true },
  { name: "Asked", of: ({ requestedAt }) => <When at={requestedAt} /> },
];

const ModelOf = ({ model, version }: { readonly model: string; readonly version: string }) => (
  <Link href={`/models/${model}/${version}`} title={`version ${version}`}>
    model {model}
  </Link>
);

export const JobTable = ({ title, jobs, none }: { readonly title: string; readonly jobs: readonly IndexedJob[]; readonly none: string }) => (
  <Table title={title} columns={COLUMNS} items={jobs} keyOf={({ id }) => id} none={none} />
);
