import { useState, type FormEvent } from "react";
import { Link, useLocation } from "wouter";
import type { JobFilter } from "../../../../core/history/types.ts";
import type { JobStatus } from "../../../../core/jobs/job.ts";
import { wordsOf } from "../../ui/status.tsx";
import { isIdOf, PARTIES, partyIn, placeOf, STATUSES, type Party } from "./filter.ts";

/** Which jobs are listed: of one status, and of one party. */
export function Filters({ filter }: { readonly filter: JobFilter }) {
  const [, go] = useLocation();
  const [first, firstId] = partyIn(filter) ?? ["model", ""];
  const [party, setParty] = useState<Party>(first);
  const [id, setId] = useState(firstId);
  const [isWrong, setWrong] = useState(false);
  const [shown, setShown] = useState(`${first}:${firstId}`);
  // Where the page's address names another party, the fields do. Rationale: fields that were made anew would lose the keyboard's focus.
  if (shown !== `${first}:${firstId}`) {
    setShown(`${first}:${firstId}`);
    setParty(first);
    setId(firstId);
    setWrong(false);
  }

  function choose(status: string): void {
    const { status: _before, ...rest } = filter;
    go(placeOf({ ...(status !== "" && { status: status as JobStatus }), ...rest }));
  }

  function apply(event: FormEvent): void {
    event.preventDefault();
    const given = id.trim().toLowerCase();
    const fits = given === "" || isIdOf(party, given);
    setWrong(!fits);
    if (fits) go(placeOf({ ...(filter.status && { status: filter.status }), ...(given !== "" && { [party]: given }) }));
  }

  return (
    <form className="filters" onSubmit={apply}>
      <label>
        Status
        <select value={filter.status ?? ""} onChange={(event) => choose(event.target.value)}>
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {wordsOf(status)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Of
        <select value={party} onChange={(event) => setParty(event.target.value as Party)}>
          {Object.keys(PARTIES).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="wide">
        <span>Its {party === "model" ? "number" : party === "version" ? "id" : "address"}</span>
        <input value={id} spellCheck={false} autoComplete="off" placeholder="any" aria-invalid={isWrong} aria-describedby="filter-fault" onChange={(event) => (setId(event.target.value), setWrong(false))} />
      </label>
      <button type="submit">Filter</button>
      {Object.keys(filter).length > 0 && <Link href="/jobs">Show all</Link>}
      <span id="filter-fault" role="status">
        {isWrong && `no ${party} has such ${party === "model" ? "a number" : party === "version" ? "an id" : "an address"}`}
      </span>
    </form>
  );
}
