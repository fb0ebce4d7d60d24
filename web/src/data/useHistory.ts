import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { History } from "../../../sdk/history/history.ts";
import { mayPass } from "../fault.ts";
import { useSite } from "../site.ts";

/** Milliseconds after which a question is asked again that had no answer. */
const AGAIN = 10_000;

/**
 * What a question to the history answers, asked again whenever something happens.
 * @param key names the question, with everything that it depends on
 */
export function useHistory<T>(key: readonly unknown[], ask: (history: History) => Promise<T>): UseQueryResult<T> {
  const { history } = useSite();
  return useQuery({
    queryKey: ["history", ...key],
    // A query may not answer undefined, which stands for what is not there.
    queryFn: async () => ((await ask(history)) ?? null) as T,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { status, error } }) => (status === "error" && mayPass(error) ? AGAIN : false),
  });
}
