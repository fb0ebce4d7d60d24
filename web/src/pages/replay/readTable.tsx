import { decimalOf, hexOf, type Figure } from "../../replay/figures.ts";
import { readsIn, type InputShown } from "../../replay/planes.ts";
import { Table } from "../../ui/table.tsx";

/** Numbers of an input that are listed. */
const LISTED = 50;

/** What the element reads, as tables: the same as the grids, for whoever does not see them. */
export const ReadTables = ({ inputs }: { readonly inputs: readonly InputShown[] }) => (
  <details>
    <summary>The numbers that it reads, as tables</summary>
    {inputs.map((input) => (
      <Reads key={input.input} input={input} />
    ))}
  </details>
);

function Reads({ input }: { readonly input: InputShown }) {
  const { role, dtype, reads } = input;
  const items = readsIn(input).slice(0, LISTED);
  const figure = (bits: bigint): Figure => ({ type: dtype, bits });
  return (
    <>
      <Table
        title={`Numbers of ${role}`}
        columns={[
          { name: "Number", of: ({ coordinates }) => (coordinates.length === 0 ? role : `${role}[${coordinates.join(", ")}]`) },
          { name: "Value", of: ({ bits }) => decimalOf(figure(bits)), isNumber: true },
          { name: "Bits", of: ({ bits }) => <code>{hexOf(figure(bits))}</code> },
        ]}
        items={items}
        keyOf={({ coordinates }) => String(coordinates)}
        none="It reads none of it."
      />
      {items.length < reads && <p className="none">… and {(reads - items.length).toLocaleString("en")} more</p>}
    </>
  );
}
