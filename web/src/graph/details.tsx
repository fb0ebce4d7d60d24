import type { ReactNode } from "react";
import { Facts } from "../ui/facts.tsx";
import type { ModelGraph, ModelNode } from "./modelGraph.ts";
import { RULES } from "./rules.ts";
import { operandsOf, typeOf } from "./words.ts";

interface DetailsProps {
  readonly graph: ModelGraph;
  readonly node: ModelNode;
  readonly onSelect: (id: number) => void;
  /** What stands below. */
  readonly children?: ReactNode;
}

/** Everything that is known of one node. */
export function Details({ graph, node, onSelect, children }: DetailsProps) {
  const { row } = node;
  const readers = graph.edges.flatMap(({ from, to }) => (from === node.id ? [to] : []));
  const operands = row?.rule === "chain" || row?.rule === "gemv" ? "Products" : "Operands";
  const nodeOf = (id: number): ModelNode | undefined => graph.nodes.find((each) => each.id === id);
  const link = (id: number): ReactNode => {
    const other = nodeOf(id);
    return (
      <button key={id} type="button" className="graph-link" onClick={() => onSelect(id)}>
        {other?.row?.op ?? "input"} <small>{other?.row?.name ?? other?.tensor ?? id}</small>
      </button>
    );
  };
  return (
    <section className="graph-details" aria-label="The selected node" aria-live="polite">
      <h3>
        {row?.op ?? "Input"} <small>{row?.name ?? node.tensor}</small>
      </h3>
      {row !== undefined && <p className="graph-formula">{row.formula}</p>}
      <Facts
        of={[
          ["Gives", <><code>{node.tensor}</code> {typeOf(node)}{node.isOutput && " (output)"}</>],
          ["Tensor of the trace", node.id],
          ["Judged as", row?.operator !== row?.op ? row?.operator : undefined],
          ["Rule", row && <strong>{row.rule}</strong>],
          ["Schedule", row?.schedule && `chunk ${row.schedule.chunk}, flags ${row.schedule.flags}`],
          [`${operands} of an element`, row?.positions?.toLocaleString("en")],
          [`${operands} altogether`, row?.positions === undefined ? undefined : operandsOf(node).toLocaleString("en")],
          ["To convict a lie here", row && `at most ${row.verdict.gas.toLocaleString("en")} gas in ${row.verdict.transactions === 1 ? "one transaction" : `${row.verdict.transactions} transactions`}`],
        ]}
      />
      {row !== undefined && <p className="graph-rule">{RULES[row.rule]}</p>}
      {row !== undefined && row.attributes.length > 0 && (
        <>
          <h4>Attributes</h4>
          <Facts of={row.attributes} />
        </>
      )}
      {row !== undefined && (
        <>
          <h4>Reads</h4>
          <ul className="graph-operands">
            {row.inputs.map((operand, i) => (
              <li key={i}>
                <code>{operand.name}</code> {typeOf(operand)} {operand.from === undefined ? <small>constant</small> : link(operand.from)}
              </li>
            ))}
          </ul>
        </>
      )}
      {readers.length > 0 && (
        <>
          <h4>Read by</h4>
          <div className="graph-readers">{readers.map(link)}</div>
        </>
      )}
      {children}
    </section>
  );
}
