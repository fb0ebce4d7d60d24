import { useState } from "react";
import type { IndexedVersion, ModelDetail } from "../../../core/history/types.ts";
import { hintsIn } from "../data/card.ts";
import { statementsIn } from "../data/modelCard.ts";
import { PublishedFiles } from "../data/publishedFiles.ts";
import { useCard } from "../data/useCard.ts";
import { explained } from "../fault.ts";
import { useHistory } from "../data/useHistory.ts";
import { useRebuilt } from "../model/useRebuilt.ts";
import { Id, short } from "../ui/ids.tsx";
import { Answer } from "../ui/states.tsx";
import { useTitle } from "../ui/useTitle.ts";
import { CardView } from "./model/cardView.tsx";
import { GraphOf } from "./model/graphOf.tsx";
import { JobsOf } from "./model/jobsOf.tsx";
import "./model/model.css";
import { RunForm } from "./model/run/runForm.tsx";
import { VersionView } from "./model/versionView.tsx";
import { Versions } from "./model/versions.tsx";

interface ModelProps {
  readonly id: string;
  /** The newest that takes jobs by default. */
  readonly version?: string;
}

/** A model's page, with one of its versions. Another version's is another page. */
export function Model({ id, version }: ModelProps) {
  const model = useHistory(["model", id], (history) => history.model(id));
  return (
    <>
      {(model.data ?? undefined) === undefined && <h1>Model {short(id)}</h1>}
      <Answer of={model} what={`model ${short(id)}`}>
        {(found) => <Shown model={found} wanted={version?.toLowerCase()} />}
      </Answer>
    </>
  );
}

function Shown({ model, wanted }: { readonly model: ModelDetail; readonly wanted: string | undefined }) {
  const [isAsked, setAsked] = useState(false);
  const card = useCard(model.uri, isAsked);
  const { title = `Model ${model.id}`, description } = statementsIn(card.data);
  useTitle(title);
  const { items } = model.versions;
  const older = useHistory(["version", wanted], async (history) => (wanted === undefined || items.some(({ id }) => id === wanted) ? undefined : history.version(wanted)));
  const version =
    wanted === undefined
      ? (items.find(({ isDeprecated }) => !isDeprecated) ?? items[0])
      : (items.find(({ id }) => id === wanted) ?? (older.data?.id === wanted && older.data.model === model.id ? older.data : undefined));
  return (
    <>
      <h1>{title}</h1>
      <p className="lead">
        {description} <span className="model-owner">Model {model.id} of <Id of={model.owner} /></span>
      </p>
      {version === undefined ? (
        <p className="notice">{wanted === undefined ? "It has no version yet: nobody can ask it anything." : older.error !== null ? explained(older.error).message : older.isPending || older.isPlaceholderData ? "Looking for the version …" : `It has no version ${short(wanted)}.`}</p>
      ) : (
        <OfVersion key={version.id} version={version} card={card.data} />
      )}
      <Versions versions={items} shown={version?.id} />
      <div className="columns">
        <JobsOf model={model} />
        <CardView uri={model.uri} card={card} onAsk={() => setAsked(true)} />
      </div>
    </>
  );
}

/** What belongs to one version: the form that runs it, its graph, its terms and hashes. */
function OfVersion({ version, card }: { readonly version: IndexedVersion; readonly card: unknown }) {
  const [files] = useState(() => new PublishedFiles());
  const rebuilt = useRebuilt(version, files);
  const hints = hintsIn(card);
  return (
    <>
      <RunForm version={version} rebuilt={rebuilt} hints={hints} />
      <GraphOf version={version} files={files} rebuilt={rebuilt} />
      <VersionView version={version} names={rebuilt.data?.specs} />
    </>
  );
}
