import { Handle, Position, type NodeProps } from "@xyflow/react";
import { createContext, use, useEffect, useRef, type RefObject } from "react";
import { MARKS, type Mark } from "./marks.ts";
import type { ModelNode } from "./modelGraph.ts";
import { kindOf, labelOf, typeOf } from "./words.ts";

export interface GraphNodeData extends Record<string, unknown> {
  readonly node: ModelNode;
  readonly mark: Mark | undefined;
}

interface PictureState {
  /** The node that the tabulator key reaches. */
  readonly current: number | undefined;
  readonly selected: number | undefined;
  readonly onSelect: (id: number) => void;
  /** The node that is to have the focus as soon as it is drawn. */
  readonly wanted: RefObject<number | undefined>;
}

export const PictureContext = createContext<PictureState | undefined>(undefined);

/** A node as a button: its operator, its rule and what it gives. */
export function GraphNode({ data }: NodeProps) {
  const { node, mark } = data as GraphNodeData;
  const { current, selected, onSelect, wanted } = use(PictureContext)!;
  const button = useRef<HTMLButtonElement>(null);
  const isSelected = selected === node.id;
  useEffect(() => {
    if (wanted.current !== node.id || !isSelected) return;
    wanted.current = undefined;
    button.current?.focus({ preventScroll: true });
  }, [isSelected, node.id, wanted]);
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <button
        ref={button}
        type="button"
        className={["graph-node", node.row === undefined ? "input" : "", node.isOutput ? "output" : "", mark ?? ""].filter(Boolean).join(" ")}
        tabIndex={current === node.id ? 0 : -1}
        aria-pressed={isSelected}
        aria-label={labelOf(node, mark)}
        title={node.row?.name ?? node.tensor}
        onClick={() => onSelect(node.id)}
      >
        <span className="graph-node-head">
          <strong>{node.row?.op ?? node.tensor}</strong> <small>{kindOf(node)}</small>
        </span>{" "}
        <span className="graph-node-type">{typeOf(node)}</span> {mark !== undefined && <span className="graph-mark">{MARKS[mark]}</span>}
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}
