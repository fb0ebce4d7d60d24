/** Ports: what the core and the roles need from the world outside. Adapters implement them; nothing here is code. */

export type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensorInfo } from "./core/runtime.ts";
