import { useSearch } from "wouter";
import { JobList } from "../ui/jobList.tsx";
import { Card } from "../ui/facts.tsx";
import { useTitle } from "../ui/useTitle.ts";
import { filterIn, placeOf } from "./jobs/filter.ts";
import { Filters } from "./jobs/filters.tsx";
import "./jobs/jobs.css";

export function Jobs() {
  useTitle("Jobs");
  const filter = filterIn(useSearch());
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <h1>Jobs</h1>
      <p className="lead">Every request of an inference, the newest first, and what became of it.</p>
      <Filters filter={filter} />
      <Card title={isFiltered ? "Jobs that fit" : "All jobs"}>
        <JobList key={placeOf(filter)} title="Jobs" filter={filter} none={isFiltered ? "No job is of this kind." : "Nobody has asked for anything yet."} />
      </Card>
    </>
  );
}
