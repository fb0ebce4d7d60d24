import type { UseQueryResult } from "@tanstack/react-query";
import { splitUris } from "../../../../core/uris.ts";
import { statementsIn } from "../../data/modelCard.ts";
import { Card, Facts } from "../../ui/facts.tsx";
import { Failure, Loading } from "../../ui/states.tsx";

interface CardViewProps {
  readonly uri: string;
  readonly card: UseQueryResult<unknown>;
  readonly onAsk: () => void;
}

/** What the owner says of the model, as plain text. */
export function CardView({ uri, card, onAsk }: CardViewProps) {
  const place = splitUris(uri)[0];
  return (
    <Card title="The owner's card">
      {place === undefined ? (
        <p className="none">The model has no card: its owner named no address of one.</p>
      ) : card.isFetching ? (
        <Loading what="the card" />
      ) : card.isError ? (
        <Failure of={card.error} />
      ) : card.data === undefined ? (
        <>
          <p>
            It is at <code className="place">{place.slice(0, 200)}</code>, which learns of it when you ask.
          </p>
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
