import { Component, type ReactNode } from "react";
import { Fault } from "../fault.ts";
import { Failure } from "./states.tsx";

interface BoundaryProps {
  readonly children: ReactNode;
}

/**
 * Shows what is wrong in place of what cannot be shown: an index or a node may answer anything, and a part of the page may not load.
 * Rationale: without it React takes the whole page away. React knows boundaries only as classes.
 */
export class Boundary extends Component<BoundaryProps, { readonly fault?: Fault }> {
  override state: { readonly fault?: Fault } = {};

  static getDerivedStateFromError(cause: unknown): { readonly fault: Fault } {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { fault: new Fault(`this cannot be shown: ${reason.slice(0, 300)}`, "load the page again; if that does not help, what the index or the node answered is not of the form that it should have", cause) };
  }

  override render(): ReactNode {
    return this.state.fault === undefined ? this.props.children : <Failure of={this.state.fault} />;
  }
}
