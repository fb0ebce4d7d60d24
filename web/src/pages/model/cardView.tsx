import type { UseQueryResult } from "@tanstack/react-query";
import { visible } from "../../data/published.ts";
import { readable, statementsIn } from "../../data/modelCard.ts";
import { Card, Facts } from "../../ui/facts.tsx";
import { Failure, Loading } from "../../ui/states.tsx";

interface CardViewProps {
  readonly uri: string;
  readonly card: UseQueryResult<unknown>;
  readonly onAsk: () => void;
}

/** What the owner says of the model, as plain text. */
export function CardView({ uri, card, onAsk }: CardViewProps) {
  const place = readable(uri)[0];
  return (
    <Card title="The owner's card">
      {place === undefined ? (
        <p className="none">{uri.trim() === "" ? "The model has no card: its owner named no address of one." : "Its owner named no address of a card that a browser can ask."}</p>
      ) : card.isFetching ? (
        <Loading what="the card" />
      ) : card.isError ? (
        <Failure of={card.error} />
      ) : card.data === undefined ? (
        <>
          <p>Whoever serves it learns of you when you ask for it:</p>
          <code className="place">{visible(place, 200)}</code>
          <button type="button" onClick={onAsk}>
            Ask for the card
          </button>
        </>
      ) : (
        <>
          <Facts of={statementsIn(card.data).statements} />
          <p className="none">Nobody has checked any of this.</p>
        </>
      )}
    </Card>
  );
}
