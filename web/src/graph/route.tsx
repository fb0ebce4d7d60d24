import { BaseEdge, type EdgeProps } from "@xyflow/react";

export interface RouteData extends Record<string, unknown> {
  readonly path: string;
  /** Whether it begins or ends at the selected node. */
  readonly isNear: boolean;
}

/** An edge on the route that the layout chose for it. */
export const Route = ({ id, data }: EdgeProps) => {
  const { path, isNear } = data as RouteData;
  return <BaseEdge id={id} path={path} interactionWidth={0} className={isNear ? "graph-edge near" : "graph-edge"} />;
};
