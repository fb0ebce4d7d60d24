import { useQuery } from "@tanstack/react-query";
import type { Hex } from "../../../../core/hex.ts";
import type { IndexedOperator } from "../../../../core/history/types.ts";
import { useNow } from "../../data/clock.tsx";
import { useSite } from "../../site.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card, Facts } from "../../ui/facts.tsx";
import { lengthOf } from "../../ui/seconds.ts";
import { When } from "../../ui/time.tsx";

/** What an operator has at stake. How much of it is locked, only the chain says. */
export function Bond({ operator: { address, bonded, exiting, exitAt, slashed, slashes, since } }: { readonly operator: IndexedOperator }) {
  const { client } = useSite();
  const now = useNow();
  const { data: held } = useQuery({ queryKey: ["history", "bond", address], queryFn: async () => (await client()).operator(address as Hex) });
  return (
    <Card title="Bond">
      <Facts
        of={[
          ["Bonded", <Amount of={bonded} />],
          ["Locked behind open results", held && <Amount of={held.locked} />],
          ["Free for new ones", held && <Amount of={held.free} />],
          ["Leaving", exiting === "0" ? undefined : <Amount of={exiting} />],
          ["It can leave", exitAt === null || exiting === "0" ? undefined : exitAt > now ? <span role="timer">in {lengthOf(exitAt - now)}</span> : "now"],
          ["Slashed", slashes === 0 ? "never" : <><Amount of={slashed} /> in {slashes === 1 ? "one conviction" : `${slashes} convictions`}</>],
          ["Bonded first", <When at={since} />],
        ]}
      />
    </Card>
  );
}
