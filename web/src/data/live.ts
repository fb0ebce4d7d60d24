import type { QueryClient } from "@tanstack/react-query";
import type { History } from "../../../sdk/history/history.ts";

/** Milliseconds in which news are gathered before the page asks again. */
const GATHER = 250;

/** Everything that the page asked of the history is asked anew after something happened. Returns what ends it. */
export function followNews(history: History, queries: QueryClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const askAnew = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void queries.invalidateQueries({ queryKey: ["history"] });
    }, GATHER);
  };
  // What keeps the news away may keep the answers away too, which the pages then say.
  const end = history.subscribe(askAnew, { onError: askAnew });
  return () => {
    clearTimeout(timer);
    end();
  };
}
