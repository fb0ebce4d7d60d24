import { createRequire } from "node:module";

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };

/** Name and release of the runtime, as versions state it. Known without loading it. */
export const RUNTIME_NAME = `onnxruntime ${version}`;
