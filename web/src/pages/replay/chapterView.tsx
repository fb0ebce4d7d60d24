import type { IndexedVersion } from "../../../../core/history/types.ts";
import { Arithmetic } from "./arithmetic.tsx";
import { Answered, Asked } from "./beginning.tsx";
import type { ChapterName } from "./chapters.ts";
import { Challenged, OneNumber, Opened, Parted } from "./middle.tsx";
import type { DisputeRecord } from "./record.ts";
import type { Examining } from "./useExamination.ts";
import type { Stepper } from "./useStepper.ts";
import { Verdict } from "./verdict.tsx";

interface ChapterViewProps {
  readonly chapter: ChapterName;
  readonly record: DisputeRecord;
  readonly version: IndexedVersion | undefined;
  readonly examining: Examining;
  readonly stepper: Stepper;
}

/** What a chapter tells and shows. */
export function ChapterView({ chapter, record, version, examining: { found, seconds }, stepper }: ChapterViewProps) {
  const element = found?.element;
  const row = found?.graph.nodes.find((node) => node.row !== undefined && node.row.index === element?.node)?.row;
  // Absent inputs of a row are left out of the graph's list; those that a name is known of are tensors of the trace.
  const names = new Map(element?.inputs.flatMap(({ input, tensor }) => (tensor === undefined ? [] : [[input, found!.graph.nodes.find(({ id }) => id === tensor)?.tensor ?? ""] as const])));
  switch (chapter) {
    case "asked":
      return <Asked record={record} version={version} />;
    case "answered":
      return <Answered record={record} found={found} />;
    case "challenged":
      return <Challenged record={record} />;
    case "opened":
      return <Opened record={record} found={found} />;
    case "parted":
      return found && <Parted found={found} seconds={seconds} />;
    case "number":
      return found && <OneNumber record={record} found={found} names={names} />;
    case "arithmetic":
      return element && row && <Arithmetic key={record.job.id} element={element} names={names} stepper={stepper} />;
    case "verdict":
      return <Verdict record={record} found={found} />;
  }
}
