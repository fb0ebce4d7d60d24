/** What is known of a node besides what it is: colours and words of a dispute's replay. */
export type Mark = "agreed" | "differs" | "follows" | "open" | "shown" | "read" | "unknown";

export const MARKS: Readonly<Record<Mark, string>> = {
  agreed: "agreed",
  differs: "differs",
  follows: "passes it on",
  open: "left open by its rule",
  shown: "the element shown",
  read: "read by it",
  unknown: "not compared",
};

/** Marks by the nodes' ids. */
export type Marks = ReadonlyMap<number, Mark>;
