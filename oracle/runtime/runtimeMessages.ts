import type { ModelBytes, Optimisation, RuntimeTensorInfo, SessionOptions } from "../ports.ts";

/** A tensor whose bytes lie here, or elsewhere. */
export interface Carried<Bytes> {
  readonly dtype: number;
  readonly dims: readonly number[];
  readonly data: Bytes;
}

export type Tensors<Bytes> = ReadonlyMap<string, Carried<Bytes>>;

/** What is asked of a runtime in another thread or process. `session` is a number that whoever asks gives out. */
export type RuntimeRequest<Bytes = Uint8Array, Model = ModelBytes> =
  | { readonly op: "open"; readonly session: number; readonly model: Model; readonly options: SessionOptions }
  | { readonly op: "run"; readonly session: number; readonly feeds: Tensors<Bytes>; readonly outputs: readonly string[] | undefined }
  | { readonly op: "release"; readonly session: number }
  | { readonly op: "optimise"; readonly model: Model; readonly level: Optimisation }
  | { readonly op: "compare"; readonly source: Model; readonly canonical: Model; readonly feeds: Tensors<Bytes> };

/** What is known of a session that was opened. */
export interface Opened {
  readonly inputs: readonly RuntimeTensorInfo[];
  readonly outputs: readonly RuntimeTensorInfo[];
}

export type RuntimeReply =
  | { readonly call: number; readonly ok: true; readonly value: unknown }
  /** `lost`: the session ended with the thread or process that it was opened in. */
  | { readonly call: number; readonly ok: false; readonly message: string; readonly lost: boolean };

/** What a process says first: from now on it can be asked. */
export const STARTED = "started";
