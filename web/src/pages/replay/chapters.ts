import type { JobState } from "../../../../core/jobs/state.ts";
import type { Mark, Marks } from "../../graph/marks.ts";
import type { Examination } from "../../replay/examination.ts";

export type ChapterName = "asked" | "answered" | "challenged" | "opened" | "parted" | "number" | "arithmetic" | "verdict";

/** A part of the story of a dispute. */
export interface Chapter {
  readonly name: ChapterName;
  /** Under its number, in the list of all. */
  readonly short: string;
  /** What happens, in one sentence. */
  readonly title: string;
}

/** The story as far as it has come: of a dispute that goes on there will be more. */
export function chaptersOf({ status, dispute }: Pick<JobState, "status" | "dispute">, found: Examination | undefined): Chapter[] {
  const { opened, verdict } = dispute ?? {};
  const element = found?.element;
  const chapters: Chapter[] = [
    { name: "asked", short: "Request", title: "Somebody asks for an inference" },
    { name: "answered", short: "Answer", title: "An operator answers, with a bond behind it" },
  ];
  if (dispute === undefined) return chapters;
  chapters.push({ name: "challenged", short: "Challenge", title: "Somebody says that the answer is wrong" });
  if (opened !== undefined) chapters.push({ name: "opened", short: "Opening", title: "The operator has to commit to every number on the way" });
  if (opened !== undefined && found !== undefined) chapters.push(partedOf(found));
  if (element !== undefined) {
    chapters.push({ name: "number", short: "One number", title: element.foundBy === "proof" ? "One number of it is put before the chain" : "Your browser finds a wrong number in it" });
    if (!element.isTooLong) chapters.push({ name: "arithmetic", short: "Arithmetic", title: "The number is computed again, step by step" });
  }
  return [...chapters, { name: "verdict", short: "Verdict", title: verdictTitle(status, verdict?.by, opened !== undefined) }];
}

function partedOf({ marks }: Examination): Chapter {
  const short = "Comparison";
  if (marks.includes("differs")) return { name: "parted", short, title: "Your browser computes the same run, and finds where the two part" };
  if (marks.every((mark) => mark === "agreed")) return { name: "parted", short, title: "Your browser computes the same run, and every number agrees" };
  return { name: "parted", short, title: "Your browser computes the run as far as it can, and compares" };
}

function verdictTitle(status: JobState["status"], by: "proof" | "default" | undefined, isOpened: boolean): string {
  if (by === "proof") return "The chain has recomputed the number: the operator loses its bond";
  if (by === "default") return isOpened ? "The operator did not show what was demanded: it loses its bond" : "The operator did not open its run in time: it loses its bond";
  return status === "Challenged" ? "The dispute goes on" : "Nobody proved anything wrong: the answer stands";
}

/** Marks of the graph in a chapter: what is known by then, and what it is about. */
export function marksIn(chapter: ChapterName, { graph, marks, element }: Examination): Marks {
  if (chapter === "asked" || chapter === "answered" || chapter === "challenged" || chapter === "opened") return new Map();
  const known = new Map<number, Mark>(graph.nodes.map(({ id }) => [id, marks[id]]));
  const node = element && graph.nodes.find(({ row }) => row?.index === element.node);
  if (node === undefined || chapter === "parted") return known;
  for (const { from } of node.row!.inputs) if (from !== undefined) known.set(from, "read");
  return known.set(node.id, "shown");
}

/** The node that a chapter is about, by its id. */
export function nodeIn(chapter: ChapterName, { graph, marks, element }: Examination): number | undefined {
  switch (chapter) {
    case "asked":
      return graph.inputs[0];
    case "answered":
      return graph.outputs[0];
    case "parted":
    case "number":
    case "arithmetic": {
      const row = element?.node;
      return graph.nodes.find((node) => (row === undefined ? marks[node.id] === "differs" : node.row?.index === row))?.id;
    }
    default:
      return undefined;
  }
}

/** Tensors by how they compare. */
export function countsOf({ marks }: Examination): Readonly<Record<Examination["marks"][number], number>> {
  const counts = { agreed: 0, differs: 0, follows: 0, open: 0, unknown: 0 };
  for (const mark of marks) counts[mark]++;
  return counts;
}
