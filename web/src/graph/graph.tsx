import { lazy, Suspense, useEffect, useMemo, useState, type ReactNode } from "react";
import { Failure, Loading } from "../ui/states.tsx";
import { around } from "./around.ts";
import { Details } from "./details.tsx";
import "./graph.css";
import { MARKS, type Mark, type Marks } from "./marks.ts";
import type { ModelGraph, ModelNode } from "./modelGraph.ts";
import { NodeTable } from "./nodeTable.tsx";
import { Seconds } from "./seconds.tsx";
import { useLayout } from "./useLayout.ts";

const Picture = lazy(() => import("./picture.tsx"));

/** Of a graph with more nodes than `MOST`, or one that is too deep to be laid out, the `NEAREST` to the selected one are drawn. */
const MOST = 3_000;
const NEAREST = 150;

const NO_MARKS: Marks = new Map();

interface GraphProps {
  readonly graph: ModelGraph;
  /** What is known of nodes, by their ids. */
  readonly marks?: Marks;
  readonly selected: number | undefined;
  readonly onSelect: (id: number) => void;
  /** What stands below the facts of the selected node. */
  readonly details?: (node: ModelNode) => ReactNode;
}

/** A model's graph: as a picture or as a list, with the selected node beside it. */
export function Graph({ graph, marks = NO_MARKS, selected, onSelect, details }: GraphProps) {
  const [isList, setList] = useState(false);
  const node = graph.nodes.find(({ id }) => id === selected);
  return (
    <div className="graph">
      <div className="graph-bar">
        <div role="group" aria-label="How the graph is shown" className="graph-switch">
          <button type="button" aria-pressed={!isList} onClick={() => setList(false)}>
            Picture
          </button>
          <button type="button" aria-pressed={isList} onClick={() => setList(true)}>
            List
          </button>
        </div>
        {marks.size > 0 && <Legend marks={marks} />}
      </div>
      <div className="graph-body">
        {isList ? <NodeTable {...{ graph, marks, selected, onSelect }} /> : <Drawing {...{ graph, marks, selected, onSelect }} />}
        {node === undefined ? (
          <p className="graph-details none">Choose a node to see its rule, what it reads, and what it takes to convict a lie in it.</p>
        ) : (
          <Details {...{ graph, node, onSelect }}>{details?.(node)}</Details>
        )}
      </div>
    </div>
  );
}

function Legend({ marks }: { readonly marks: Marks }) {
  const present = new Set(marks.values());
  return (
    <ul className="graph-legend" aria-label="What the colours mean">
      {(Object.keys(MARKS) as Mark[]).flatMap((mark) => (present.has(mark) ? [<li key={mark} className={mark}>{MARKS[mark]}</li>] : []))}
    </ul>
  );
}

/** The picture, once it is laid out. */
function Drawing({ graph, marks, selected, onSelect }: Required<Omit<GraphProps, "details">>) {
  const [isTooDeep, setTooDeep] = useState(false);
  const isPart = isTooDeep || graph.nodes.length > MOST;
  const center = isPart ? (selected ?? graph.nodes[0].id) : undefined;
  const drawn = useMemo(() => (center === undefined ? graph : around(graph, center, NEAREST)), [graph, center]);
  const state = useLayout(drawn);
  const hasFailed = state?.kind === "failed";
  useEffect(() => {
    if (hasFailed) setTooDeep(true);
  }, [hasFailed]);
  const what = `${drawn.nodes.length.toLocaleString("en")} nodes`;
  if (state === undefined || (state.kind === "done" && state.graph !== drawn)) return <div className="graph-picture" />;
  if (state.kind === "failed") return <Failure of={state.error} />;
  if (state.kind === "cancelled") {
    return (
      <div className="graph-picture waiting">
        <p>The graph is not drawn.</p>
        <button type="button" onClick={state.again}>
          Draw its {what}
        </button>
      </div>
    );
  }
  if (state.kind === "running") {
    return (
      <div className="graph-picture waiting">
        <p role="status">
          Laying out {what} … <Seconds since={state.since} />
        </p>
        <button type="button" onClick={state.cancel}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <figure className="graph-figure">
      <Suspense fallback={<Loading what="the picture" />}>
        <Picture {...{ graph: drawn, layout: state.layout, marks, selected, onSelect }} />
      </Suspense>
      <figcaption>
        {isPart && `Of ${graph.nodes.length.toLocaleString("en")} nodes, those nearest to the selected one: `}
        {what}, laid out in {(state.milliseconds / 1_000).toFixed(1)} s. Drag to move, pinch or use the buttons to zoom, arrow keys lead along edges.
      </figcaption>
    </figure>
  );
}
