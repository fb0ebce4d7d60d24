import { useQuery } from "@tanstack/react-query";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { Hex } from "../../../../core/hex.ts";
import { splitUris } from "../../../../core/uris.ts";
import { fetchFile } from "../../../../sdk/files.ts";
import type { NamedSpecs } from "../../../../sdk/index.ts";
import { hintsIn, type CardHints } from "../../data/card.ts";
import type { PublishedFiles } from "../../data/publishedFiles.ts";
import { useSite, type Site } from "../../site.ts";

/** What the publisher says of a version's numbers beyond what the chain has. */
export interface Description {
  readonly names?: NamedSpecs;
  readonly hints?: CardHints;
  /** Why some of it could not be read. */
  readonly faults: readonly unknown[];
}

const LARGEST_CARD = 1 << 20;

/** The description of a version, once somebody asks for it: nothing is asked of the published addresses before. */
export function useDescription(version: IndexedVersion | undefined, files: PublishedFiles) {
  const site = useSite();
  return useQuery({
    queryKey: ["description", version?.id],
    queryFn: () => describe(site, version!, files),
    enabled: false,
    staleTime: Infinity,
  });
}

async function describe({ history, client }: Site, version: IndexedVersion, files: PublishedFiles): Promise<Description> {
  const [names, hints] = await Promise.allSettled([
    client().then((kit) => kit.namedSpecs(version.id as Hex, files.fetcher(version))),
    history.model(version.model).then((model) => readCard(model?.uri ?? "")),
  ]);
  return {
    ...(names.status === "fulfilled" && { names: names.value }),
    ...(hints.status === "fulfilled" && { hints: hints.value }),
    faults: [names, hints].flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : [])),
  };
}

/** The card, from the first of its addresses that gives one. */
async function readCard(uris: string): Promise<CardHints> {
  const faults: string[] = [];
  for (const uri of splitUris(uris)) {
    try {
      return hintsIn(JSON.parse(new TextDecoder().decode(await fetchFile(uri, LARGEST_CARD))));
    } catch (error) {
      faults.push(`${uri}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no address gives the model's card: ${faults.join("; ") || "there is none"}`);
}
