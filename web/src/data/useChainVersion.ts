import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Hex } from "../../../core/hex.ts";
import type { Version } from "../../../sdk/models/versions.ts";
import { useSite } from "../site.ts";

/** A version as the contracts have it now, with what no event tells: whether its judge is known. Asked again whenever something happens. */
export function useChainVersion(id: Hex): UseQueryResult<Version> {
  const { client } = useSite();
  return useQuery({ queryKey: ["history", "chain version", id], queryFn: async () => (await client()).version(id) });
}
