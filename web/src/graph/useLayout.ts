import { useEffect, useState } from "react";
import { Fault } from "../fault.ts";
import type { Layout } from "./layout.ts";
import type { ModelGraph } from "./modelGraph.ts";

/** A layout under way, done, failed, or given up. */
export type LayoutState =
  | { readonly kind: "running"; readonly since: number; cancel(): void }
  | { readonly kind: "done"; readonly graph: ModelGraph; readonly layout: Layout; readonly milliseconds: number }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "cancelled"; again(): void };

/** Lays a graph out on a thread of its own, which ends when it is done, cancelled, or nobody looks any more. */
export function useLayout(graph: ModelGraph): LayoutState | undefined {
  const [state, setState] = useState<LayoutState>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const since = performance.now();
    const worker = new Worker(new URL("./layoutWorker.ts", import.meta.url), { type: "module" });
    const end = (next: LayoutState): void => {
      worker.terminate();
      setState(next);
    };
    worker.onmessage = ({ data }: MessageEvent<Layout>) => end({ kind: "done", graph, layout: data, milliseconds: performance.now() - since });
    worker.onerror = ({ message }) => end({ kind: "failed", error: new Fault(`the graph could not be laid out: ${message || "the worker did not start"}`, "look at the list of its nodes") });
    worker.postMessage({ nodes: graph.nodes, edges: graph.edges });
    setState({ kind: "running", since, cancel: () => end({ kind: "cancelled", again: () => setAttempt((before) => before + 1) }) });
    return () => worker.terminate();
  }, [graph, attempt]);
  return state;
}
