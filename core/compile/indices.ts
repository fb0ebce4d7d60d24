import { refuse } from "../faults.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { PLACES } from "../operators/indexing/places.ts";
import { Opcode } from "../program/types.ts";
import { namesPlaces, type Ranges } from "./ranges.ts";

/**
 * INVARIANT: whatever a job's input is, every run comes to its end. On an index out of range the runtime gives up, so that nobody could
 * recompute the job, and whatever its operator claims would stand. So computed indices must come from arithmetic that keeps them
 * within their axes, as the compiler writes it before every such node (core/compile/lower/gather.ts).
 */
export function checkIndices({ opcode, attributes, inputs }: Mapped, ranges: Ranges): void {
  const indices = inputs[1];
  if (opcode !== Opcode.Indexed || indices === undefined || indices.constant !== undefined) return;
  const { indexed } = PLACES.of({ attributes }).places;
  indexed.forEach(({ dim }, k) => {
    const range = ranges(indices.name, k, indexed.length);
    if (!namesPlaces(range, dim)) refuse(`its indices "${indices.name}" may be out of range: they lie between ${range.least} and ${range.greatest}, on an axis of length ${dim}`);
  });
}
