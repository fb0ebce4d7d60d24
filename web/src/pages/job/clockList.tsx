import type { JobState } from "../../../../core/jobs/state.ts";
import { useNow } from "../../data/clock.tsx";
import { iso, lengthOf, precise } from "../../ui/seconds.ts";
import { deadlinesOf } from "./clocks.ts";

/** The times that a job runs towards, counting down by the chain's clock. */
export function Clocks({ state }: { readonly state: JobState }) {
  const now = useNow();
  const deadlines = deadlinesOf(state);
  if (deadlines.length === 0) return null;
  return (
    <ul className="clocks">
      {deadlines.map(({ name, at, then }) => (
        <li key={name}>
          <span>{name}</span>
          <strong role="timer">{at > now ? lengthOf(at - now) : "over"}</strong>
          <small>
            <time dateTime={iso(at)}>{precise(at)}</time>; then {then}
          </small>
        </li>
      ))}
    </ul>
  );
}
