import { useNow } from "../data/clock.tsx";
import { iso, lengthOf, precise } from "./seconds.ts";

/** How long ago something was, or how long it is until then. @param at Unix seconds */
export function When({ at }: { readonly at: number }) {
  const now = useNow();
  return (
    <time dateTime={iso(at)} title={precise(at)}>
      {at > now ? `in ${lengthOf(at - now)}` : `${lengthOf(now - at)} ago`}
    </time>
  );
}
