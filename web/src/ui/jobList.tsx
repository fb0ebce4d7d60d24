import type { JobFilter } from "../../../core/history/types.ts";
import { useHistory } from "../data/useHistory.ts";
import { JobTable } from "./jobTable.tsx";
import { Pager, usePaging } from "./pager.tsx";
import { Answer } from "./states.tsx";

interface JobListProps {
  readonly title: string;
  readonly filter: JobFilter;
  /** What is said where there are none. */
  readonly none: string;
}

/** Jobs in pages, the newest first. Another filter makes another list: give it a key. */
export function JobList({ title, filter, none }: JobListProps) {
  const paging = usePaging();
  const jobs = useHistory(["jobs", filter, paging.request], (history) => history.jobs(filter, paging.request));
  return (
    <>
      <Answer of={jobs} what="the jobs">
        {({ items }) => <JobTable title={title} jobs={items} none={none} />}
      </Answer>
      <Pager paging={paging} page={jobs.data} />
    </>
  );
}
