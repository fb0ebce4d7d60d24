import { layOut } from "./layout.ts";
import type { ModelGraph } from "./modelGraph.ts";

globalThis.onmessage = ({ data }: MessageEvent<Pick<ModelGraph, "nodes" | "edges">>) => globalThis.postMessage(layOut(data));
