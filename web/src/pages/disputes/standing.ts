import type { IndexedDispute } from "../../../../core/history/types.ts";

export interface Standing {
  readonly words: string;
  readonly manner: "open" | "good" | "bad";
}

/** How a dispute stands, in a few words. @param now in seconds of the chain's clock */
export function standingOf({ outcome, isOpened, openBy, deadline }: IndexedDispute, now: number): Standing {
  switch (outcome) {
    case "upheld":
      return { words: "result upheld", manner: "good" };
    case "convicted by proof":
      return { words: "convicted by proof", manner: "bad" };
    case "convicted by default":
      return { words: "convicted by default", manner: "bad" };
    case null:
      if (isOpened) return { words: now > deadline ? "to be resolved" : "trace opened", manner: "open" };
      return { words: now > openBy ? "not opened in time" : "to be opened", manner: "open" };
  }
}
