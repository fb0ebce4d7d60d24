import type { IndexedEvent, OperatorDetail } from "../../../../core/history/types.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card } from "../../ui/facts.tsx";
import { Id } from "../../ui/ids.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { When } from "../../ui/time.tsx";

/** Events of a bond in words, with the field that has the amount. */
const WORDS: Readonly<Record<string, readonly [words: string, amount?: string]>> = {
  Bonded: ["bonded", "amount"],
  ExitRequested: ["asked to leave with", "exiting"],
  ExitCancelled: ["stays after all"],
  BondWithdrawn: ["withdrew", "amount"],
  Slashed: ["was slashed", "amount"],
};

const COLUMNS: readonly Column<IndexedEvent>[] = [
  { name: "What", of: ({ name }) => WORDS[name]?.[0] ?? name },
  { name: "Amount", of: ({ name, fields }) => (WORDS[name]?.[1] === undefined ? "–" : <Amount of={String(fields[WORDS[name][1]])} />), isNumber: true },
  { name: "When", of: ({ time }) => <When at={time} /> },
  { name: "Block", of: ({ block }) => block.toLocaleString("en"), isNumber: true },
  { name: "Transaction", of: ({ transaction }) => transaction !== null && <Id of={transaction} /> },
];

/** What happened to a bond, in order. */
export const BondEvents = ({ events: { items, next } }: { readonly events: OperatorDetail["events"] }) => (
  <Card title="Events of its bond">
    <Table title="Events of the bond" columns={COLUMNS} items={items} keyOf={({ sequence }) => String(sequence)} none="None." />
    {next !== null && <p className="none">There are more, which are not shown here.</p>}
  </Card>
);
