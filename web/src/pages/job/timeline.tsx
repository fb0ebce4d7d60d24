import type { IndexedEvent } from "../../../../core/history/types.ts";
import { countOf } from "../../../../core/words.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card } from "../../ui/facts.tsx";
import { Id, InlineId } from "../../ui/ids.tsx";
import { iso, precise } from "../../ui/seconds.ts";
import { When } from "../../ui/time.tsx";
import { tell, type Piece } from "./story.ts";

/** Everything that happened to a job, in order. @param isCut whether there is more than is shown */
export const Timeline = ({ events, isCut }: { readonly events: readonly IndexedEvent[]; readonly isCut: boolean }) => (
  <Card title="What happened" aside={<small>{countOf(events.length, "event")}</small>}>
    <ol className="timeline">
      {events.map((event) => (
        <Happening key={event.sequence} event={event} />
      ))}
    </ol>
    {isCut && <p className="none">There are more events, which are not read here: the index and the chain have them.</p>}
  </Card>
);

function Happening({ event }: { readonly event: IndexedEvent }) {
  const { title, manner, pieces } = tell(event);
  return (
    <li className={manner}>
      <div className="timeline-head">
        <strong>{title}</strong> <When at={event.time} />
      </div>
      <p>
        {pieces.map((piece, i) => (
          <Shown key={i} piece={piece} />
        ))}
      </p>
      <small>
        block {event.block.toLocaleString("en")}
        {event.transaction !== null && (
          <>
            , transaction <Id of={event.transaction} />
          </>
        )}
      </small>
    </li>
  );
}

function Shown({ piece }: { readonly piece: Piece }) {
  if (typeof piece === "string") return piece;
  if ("amount" in piece) return <Amount of={piece.amount} />;
  if ("operator" in piece) return <InlineId of={piece.operator} href={`/operators/${piece.operator}`} />;
  if ("account" in piece) return <InlineId of={piece.account} />;
  return <time dateTime={iso(piece.time)}>{precise(piece.time)}</time>;
}
