import type { Optimisation, RuntimeTensor, SessionOptions } from "../ports.ts";

/** What the main thread asks of a worker. `session` is a number that the main thread gives out. */
export type WorkerRequest =
  | { readonly call: number; readonly op: "open"; readonly session: number; readonly model: Uint8Array; readonly options: SessionOptions }
  | {
      readonly call: number;
      readonly op: "run";
      readonly session: number;
      readonly feeds: ReadonlyMap<string, RuntimeTensor>;
      readonly outputs: readonly string[] | undefined;
    }
  | { readonly call: number; readonly op: "release"; readonly session: number }
  | { readonly call: number; readonly op: "optimise"; readonly model: Uint8Array; readonly level: Optimisation };

export type WorkerReply =
  | { readonly call: number; readonly ok: true; readonly value: unknown }
  | { readonly call: number; readonly ok: false; readonly message: string; readonly lost: boolean };
