import type { IndexedJob, IndexedVersion } from "../../../../core/history/types.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card, Facts } from "../../ui/facts.tsx";
import { Id } from "../../ui/ids.tsx";
import { lengthOf } from "../../ui/seconds.ts";
import { Link } from "wouter";

/** What was agreed for a job. */
export const Terms = ({ job, version }: { readonly job: IndexedJob; readonly version: IndexedVersion | undefined }) => (
  <Card title="Terms" aside={<Link href={`/jobs?requester=${job.requester}`}>All of this requester</Link>}>
    <Facts
      of={[
        ["Requester", <Id of={job.requester} />],
        ["Model", job.model === null ? undefined : <Link href={`/models/${job.model}`}>number {job.model}</Link>],
        ["Version", <Id of={job.version} href={job.model === null ? undefined : `/models/${job.model}/${job.version}`} />],
        ["Fee", <Amount of={job.fee} />],
        ["Publisher's part of it", version && `${version.shareBps / 100} %`],
        ["Bond behind the result", <Amount of={job.bond} />],
        ["Challenge window", lengthOf(job.window)],
        ["Callback", job.callbackGas === 0 ? "none" : `${job.callbackGas.toLocaleString("en")} gas`],
      ]}
    />
  </Card>
);
