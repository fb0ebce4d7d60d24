import { useState } from "react";
import { decimalOf, hexOf, type Figure } from "../../replay/figures.ts";
import type { InputShown } from "../../replay/planes.ts";
import type { Row, Stage } from "../../replay/rows.ts";
import { Table, type Column } from "../../ui/table.tsx";
import { placeWords } from "./equation.tsx";

/** Rows of a page. */
const SHOWN = 20;

const WORDS: Readonly<Record<Row["operation"], string>> = {
  fma: "a × b + c, rounded once",
  product: "a × b + c, exact",
  add: "a + b",
  multiply: "a × b",
  divide: "a ÷ b",
  root: "√a",
  fromInteger: "to a number with a point",
  roundToInteger: "to the nearest whole number",
};

const inHex = (figure: Figure | undefined) =>
  figure && (
    <span title={hexOf(figure)}>
      {decimalOf(figure)}
    </span>
  );

/** All steps of a stage as a table, page by page. */
export function RowTable({ stage, inputs }: { readonly stage: Stage; readonly inputs: readonly InputShown[] }) {
  const [first, setFirst] = useState(0);
  const { rows, count, title } = stage;
  const columns: readonly Column<Row>[] = [
    { name: "Step", of: ({ number }) => number + 1, isNumber: true },
    { name: "Of", of: (row) => placeWords(row, inputs) },
    { name: "Operation", of: ({ operation }) => WORDS[operation] },
    ...["a", "b", "c"].map((name, i): Column<Row> => ({ name, of: ({ operands }) => inHex(operands[i]), isNumber: true })),
    { name: "Result", of: ({ result }) => <strong>{inHex(result)}</strong>, isNumber: true },
    { name: "Its bits", of: ({ result }) => <code>{hexOf(result) ?? "exact"}</code> },
  ];
  const left = count - rows.length;
  return (
    <div className="row-table" tabIndex={0} role="region" aria-label={title}>
      <Table title={title} columns={columns} items={rows.slice(first, first + SHOWN)} keyOf={({ number }) => String(number)} none="No step." />
      {rows.length > SHOWN && (
        <nav className="pager" aria-label={`Pages of the steps: ${title}`}>
          <span>
            {rows[first].number + 1} to {rows[Math.min(first + SHOWN, rows.length) - 1].number + 1} of {count.toLocaleString("en")}
            {left > 0 && `, of which ${left.toLocaleString("en")} in the middle are left out`}
          </span>
          <button type="button" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - SHOWN))}>
            ← Before
          </button>
          <button type="button" disabled={first + SHOWN >= rows.length} onClick={() => setFirst(first + SHOWN)}>
            After →
          </button>
          <button type="button" disabled={first + SHOWN >= rows.length} onClick={() => setFirst(Math.floor((rows.length - 1) / SHOWN) * SHOWN)}>
            Last
          </button>
        </nav>
      )}
    </div>
  );
}
