import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { Hex } from "../../../../core/hex.ts";
import type { NamedSpecs } from "../../../../sdk/index.ts";
import { hintsIn, type CardHints } from "../../data/card.ts";
import type { PublishedFiles } from "../../data/publishedFiles.ts";
import { useCard } from "../../data/useCard.ts";
import { useHistory } from "../../data/useHistory.ts";
import { useSite } from "../../site.ts";

/** What the publisher says of a version's numbers beyond what the chain has, as far as it is read. */
export interface Description {
  readonly names: NamedSpecs | undefined;
  readonly hints: CardHints;
  readonly isReading: boolean;
  /** Why some of it could not be read. */
  readonly faults: readonly unknown[];
  /** Reads the names, of which the publisher's server learns, and whatever is not read yet of the card. */
  readonly read: () => void;
  /** Reads the names out of files that are here. */
  readonly readNames: () => void;
}

type Asked = "nothing" | "names" | "all";

/** The description of a version: a card that is at hand is read at once, the rest when somebody asks for it. */
export function useDescription(version: IndexedVersion | undefined, files: PublishedFiles): Description {
  const { client } = useSite();
  const [asked, setAsked] = useState<Asked>("nothing");
  const model = useHistory(["model", version?.model], async (history) => (version === undefined ? undefined : history.model(version.model)));
  const card = useCard(model.data?.uri ?? "", asked === "all");
  const names = useQuery({
    queryKey: ["names", version?.id],
    queryFn: async () => (await client()).namedSpecs(version!.id as Hex, files.fetcher(version!)),
    enabled: version !== undefined && asked !== "nothing",
    staleTime: Infinity,
    retry: false,
  });
  return {
    names: names.data,
    hints: hintsIn(card.data),
    isReading: names.isFetching || card.isFetching,
    faults: [names.error, card.error].filter((fault) => fault !== null),
    read: () => {
      setAsked("all");
      // Once more, if it was in vain.
      for (const query of [names, card]) if (query.isError) void query.refetch();
    },
    readNames: () => setAsked((before) => (before === "all" ? before : "names")),
  };
}
