import { useState } from "react";
import { Table, type Column } from "../ui/table.tsx";
import { MARKS, type Marks } from "./marks.ts";
import type { ModelGraph, ModelNode } from "./modelGraph.ts";
import { labelOf, typeOf } from "./words.ts";

/** Rows that are shown at once. */
const SHOWN = 50;

interface NodeTableProps {
  readonly graph: ModelGraph;
  readonly marks: Marks;
  readonly selected: number | undefined;
  readonly onSelect: (id: number) => void;
}

/** The same graph as a list, in the order in which it is computed. */
export function NodeTable({ graph, marks, selected, onSelect }: NodeTableProps) {
  const [wanted, setWanted] = useState("");
  const [first, setFirst] = useState(0);
  const found = graph.nodes.filter((node) => labelOf(node, marks.get(node.id)).toLowerCase().includes(wanted.toLowerCase()));
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const nameOf = (id: number): string => byId.get(id)?.row?.name ?? byId.get(id)?.tensor ?? String(id);
  const columns: Column<ModelNode>[] = [
    {
      name: "Node",
      of: (node) => (
        <button type="button" className="graph-link" aria-pressed={selected === node.id} onClick={() => onSelect(node.id)}>
          {nameOf(node.id)}
        </button>
      ),
    },
    { name: "Operator", of: ({ row }) => row?.op ?? "input" },
    { name: "Rule", of: ({ row }) => row?.rule ?? "–" },
    { name: "Gives", of: (node) => `${typeOf(node)}${node.isOutput ? " (output)" : ""}` },
    { name: "Reads", of: ({ row }) => row?.inputs.flatMap(({ from }) => (from === undefined ? [] : [nameOf(from)])).join(", ") ?? "–" },
    ...(marks.size === 0 ? [] : [{ name: "In the dispute", of: ({ id }: ModelNode) => MARKS[marks.get(id) ?? "unknown"] }]),
  ];
  return (
    <div className="graph-list">
      <div className="graph-list-head">
        <input
          type="search"
          aria-label="Show only nodes with this text"
          placeholder="Filter"
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setFirst(0);
          }}
        />
        <span role="status">
          {found.length} of {graph.nodes.length}
        </span>
      </div>
      <Table title="Nodes of the graph" columns={columns} items={found.slice(first, first + SHOWN)} keyOf={({ id }) => String(id)} none="No node has this text." />
      {found.length > SHOWN && (
        <nav className="pager" aria-label="Pages of the list of nodes">
          <button type="button" disabled={first === 0} onClick={() => setFirst(first - SHOWN)}>
            ← Before
          </button>
          <button type="button" disabled={first + SHOWN >= found.length} onClick={() => setFirst(first + SHOWN)}>
            After →
          </button>
        </nav>
      )}
    </div>
  );
}
