import { Link } from "wouter";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card } from "../../ui/facts.tsx";
import { Id, short } from "../../ui/ids.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { lengthOf } from "../../ui/seconds.ts";
import { When } from "../../ui/time.tsx";
import { percent } from "./revenue.ts";

/** All versions of a model with their terms; the one that the page shows is marked. */
export function Versions({ versions, shown }: { readonly versions: readonly IndexedVersion[]; readonly shown: string | undefined }) {
  const columns: Column<IndexedVersion>[] = [
    {
      name: "Version",
      of: ({ id, model }) => (
        <span aria-current={id === shown ? "true" : undefined}>
          <Id of={id} href={`/models/${model}/${id}`} /> {id === shown && <span className="badge">shown</span>}
        </span>
      ),
    },
    { name: "State", of: (version) => <State version={version} /> },
    { name: "Published", of: ({ publishedAt }) => <When at={publishedAt} /> },
    { name: "Price", of: ({ price }) => <Amount of={price} />, isNumber: true },
    { name: "Least bond", of: ({ minBond }) => <Amount of={minBond} />, isNumber: true },
    { name: "Least window", of: ({ minWindow }) => lengthOf(minWindow), isNumber: true },
    { name: "Publisher's share", of: ({ shareBps }) => percent(shareBps), isNumber: true },
  ];
  return (
    <Card title="Versions">
      <Table title="Versions of the model" columns={columns} items={versions} keyOf={({ id }) => id} none="None was published yet." />
    </Card>
  );
}

function State({ version: { isDeprecated, successor, model } }: { readonly version: IndexedVersion }) {
  if (!isDeprecated) return <span className="badge good">takes jobs</span>;
  return (
    <span>
      <span className="badge over">deprecated</span>{" "}
      {successor !== null && (
        <>
          use <Link href={`/models/${model}/${successor}`}><code>{short(successor)}</code></Link>
        </>
      )}
    </span>
  );
}
