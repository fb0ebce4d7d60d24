import { Background, Controls, MiniMap, Position, ReactFlow, type Edge, type Node, type ReactFlowInstance } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { edgeKey, NODE, type Layout, type Point } from "./layout.ts";
import type { Marks } from "./marks.ts";
import type { ModelGraph } from "./modelGraph.ts";
import { GraphNode, PictureContext, type GraphNodeData } from "./graphNode.tsx";
import { pathThrough } from "./paths.ts";
import { Route, type RouteData } from "./route.tsx";
import { isWalkKey, walk } from "./walk.ts";

const NODE_TYPES = { tensor: GraphNode };
const EDGE_TYPES = { route: Route };

/** Least scale at which a node can be read, and the scale at which a larger graph begins. */
const READABLE = 0.5;
const START = 0.8;
/** Pixels around what is shown. */
const MARGIN = 20;
/** More nodes than these get a map of them all. */
const MANY = 40;
/** The library makes nodes that are neither dragged nor selected by itself deaf to the mouse. */
const CLICKABLE = { pointerEvents: "all" } as const;
const MAP = { width: 130, height: 150 };

type Flow = ReactFlowInstance<Node<GraphNodeData>, Edge<RouteData>>;

interface PictureProps {
  readonly graph: ModelGraph;
  readonly layout: Layout;
  readonly marks: Marks;
  readonly selected: number | undefined;
  readonly onSelect: (id: number) => void;
}

/** The graph, drawn. One node can be reached by the tabulator key; from there arrow keys lead along edges. */
export default function Picture({ graph, layout, marks, selected, onSelect }: PictureProps) {
  const [flow, setFlow] = useState<Flow>();
  const wanted = useRef<number>(undefined);
  const frame = useRef<HTMLDivElement>(null);
  const nodes = useMemo(() => nodesOf(graph, layout, marks), [graph, layout, marks]);
  const edges = useMemo(() => edgesOf(graph, layout, selected), [graph, layout, selected]);
  const current = selected !== undefined && layout.places.has(selected) ? selected : graph.nodes[0]?.id;

  // A node that is selected from elsewhere, or reached by a key, comes into the picture.
  useEffect(() => {
    const place = selected === undefined ? undefined : layout.places.get(selected);
    if (flow === undefined || place === undefined || isInView(flow, place, frame.current!)) return;
    void flow.setCenter(place.x + NODE.width / 2, place.y + NODE.height / 2, { zoom: Math.max(flow.getZoom(), READABLE) });
  }, [flow, selected, layout]);

  function onKeyDown(event: KeyboardEvent): void {
    if (current === undefined || !isWalkKey(event.key) || !(event.target instanceof HTMLElement) || event.target.closest(".graph-node") === null) return;
    event.preventDefault();
    const next = walk(event.key, current, layout, graph.edges);
    if (next === undefined) return;
    wanted.current = next;
    onSelect(next);
  }

  return (
    <div className="graph-picture" ref={frame} role="group" aria-label="The model's graph; arrow keys lead along its edges" onKeyDown={onKeyDown}>
      <PictureContext value={{ current, selected, onSelect, wanted }}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onInit={(instance) => {
            setFlow(instance);
            // The library waits a moment with this, in which the page may have been left.
            if (frame.current !== null) begin(instance, layout, frame.current);
          }}
          onlyRenderVisibleElements
          minZoom={0.02}
          maxZoom={2}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
        >
          <Background gap={24} />
          <Controls showInteractive={false} />
          {graph.nodes.length > MANY && <MiniMap pannable style={MAP} ariaLabel="All of the graph" nodeClassName={({ id }) => marks.get(Number(id)) ?? ""} />}
        </ReactFlow>
      </PictureContext>
    </div>
  );
}

function nodesOf(graph: ModelGraph, { places }: Layout, marks: Marks): Node<GraphNodeData>[] {
  // Where edges end is told beforehand: those of nodes that are not in view are drawn as well.
  const handle = { x: NODE.width / 2, width: 1, height: 1 };
  const handles = [
    { ...handle, type: "target" as const, position: Position.Top, y: 0 },
    { ...handle, type: "source" as const, position: Position.Bottom, y: NODE.height },
  ];
  return graph.nodes.map((node) => ({ id: String(node.id), type: "tensor", position: places.get(node.id)!, ...NODE, measured: NODE, handles, style: CLICKABLE, data: { node, mark: marks.get(node.id) } }));
}

function edgesOf(graph: ModelGraph, { routes }: Layout, selected: number | undefined): Edge<RouteData>[] {
  return graph.edges.map(({ from, to }) => {
    const id = edgeKey({ from, to });
    return { id, source: String(from), target: String(to), type: "route", data: { path: pathThrough(routes.get(id)!), isNear: from === selected || to === selected } };
  });
}

/** A graph that can be read as a whole is shown as a whole; of another one its beginning. */
function begin(flow: Flow, { width, height, places }: Layout, frame: HTMLElement): void {
  const { clientWidth, clientHeight } = frame;
  const whole = Math.min((clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height, 1);
  if (whole >= READABLE) {
    void flow.setViewport({ x: (clientWidth - width * whole) / 2, y: (clientHeight - height * whole) / 2, zoom: whole });
    return;
  }
  const first = [...places.values()].reduce((top, place) => (place.y < top.y ? place : top));
  void flow.setViewport({ x: clientWidth / 2 - (first.x + NODE.width / 2) * START, y: MARGIN - first.y * START, zoom: START });
}

function isInView(flow: Flow, { x, y }: Point, frame: HTMLElement): boolean {
  const view = flow.getViewport();
  const [left, top] = [x * view.zoom + view.x, y * view.zoom + view.y];
  return left >= 0 && top >= 0 && left + NODE.width * view.zoom <= frame.clientWidth && top + NODE.height * view.zoom <= frame.clientHeight;
}
