import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useSite } from "../site.ts";
import { isAtHand, readable, readCard } from "./modelCard.ts";

/**
 * The card that these addresses give: at once if it is at hand, else once somebody asks for it, for then its owner's server learns of it.
 * @param isAsked whether somebody has
 */
export function useCard(uris: string, isAsked: boolean): UseQueryResult<unknown> {
  const { config } = useSite();
  const known = [document.baseURI, config.rpcUrl, ...(config.indexUrl === undefined ? [] : [config.indexUrl])];
  return useQuery({ queryKey: ["card", uris], queryFn: () => readCard(uris), enabled: readable(uris).length > 0 && (isAsked || isAtHand(uris, known)), staleTime: Infinity, retry: false });
}
