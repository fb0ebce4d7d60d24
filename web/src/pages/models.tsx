import { useState } from "react";
import { Link } from "wouter";
import type { IndexedModel } from "../../../core/history/types.ts";
import { visible } from "../data/published.ts";
import { readable, statementsIn } from "../data/modelCard.ts";
import { useCard } from "../data/useCard.ts";
import { useHistory } from "../data/useHistory.ts";
import { Card } from "../ui/facts.tsx";
import { Id, short } from "../ui/ids.tsx";
import { Pager, usePaging } from "../ui/pager.tsx";
import { Answer } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { When } from "../ui/time.tsx";
import { useTitle } from "../ui/useTitle.ts";
import "./model/model.css";

export function Models() {
  useTitle("Models");
  const paging = usePaging();
  const models = useHistory(["models", paging.request], (history) => history.models(paging.request));
  const [isAsked, setAsked] = useState(false);
  const columns: Column<IndexedModel>[] = [
    { name: "Model", of: (model) => <ModelName model={model} isAsked={isAsked} /> },
    { name: "Owner", of: ({ owner }) => <Id of={owner} /> },
    { name: "Newest version", of: ({ id }) => <NewestVersion model={id} /> },
    { name: "Jobs", of: ({ id }) => <JobCount model={id} />, isNumber: true },
    { name: "Created", of: ({ createdAt }) => <When at={createdAt} /> },
  ];
  return (
    <>
      <h1>Models</h1>
      <p className="lead">A model is a token whose owner publishes versions. Each version fixes every bit of its results.</p>
      <Card
        title="All models"
        aside={
          !isAsked && (
            <button type="button" onClick={() => setAsked(true)} title="asks the owners' addresses for the models' cards">
              Ask for all names
            </button>
          )
        }
      >
        <Answer of={models} what="the models">
          {({ items }) => <Table title="All models" columns={columns} items={items} keyOf={({ id }) => id} none="Nobody has published a model yet." />}
        </Answer>
        <Pager paging={paging} page={models.data} />
      </Card>
    </>
  );
}

/** What the card calls the model, and what the chain does. */
function ModelName({ model: { id, uri }, isAsked }: { readonly model: IndexedModel; readonly isAsked: boolean }) {
  const card = useCard(uri, isAsked);
  const { title, description } = statementsIn(card.data);
  const place = readable(uri)[0];
  return (
    <span className="model-name">
      <Link href={`/models/${id}`}>{title ?? `Model ${id}`}</Link>
      <small>{description ?? (place === undefined ? "no card that a browser can read" : card.isError ? "its card cannot be read" : `card at ${visible(place, 60)}`)}</small>
    </span>
  );
}

function NewestVersion({ model }: { readonly model: string }) {
  const newest = useHistory(["versions", model, "newest"], (history) => history.versions({ model }, { limit: 1 }));
  const version = newest.data?.items[0];
  if (version === undefined) return newest.isPending ? "…" : "none";
  return (
    <span>
      <Link href={`/models/${model}/${version.id}`}>
        <code title={version.id}>{short(version.id)}</code>
      </Link>{" "}
      {version.isDeprecated && <span className="badge over">deprecated</span>}
    </span>
  );
}

function JobCount({ model }: { readonly model: string }) {
  const found = useHistory(["model", model], (history) => history.model(model));
  if (found.isPending) return "…";
  return (found.data?.record ?? []).reduce((sum, { jobs }) => sum + jobs, 0).toLocaleString("en");
}
