/** What the core asks of an ONNX runtime. An adapter implements it; nothing here is code. */

/** What a session says of one of its inputs or outputs. A dimension it does not know is its symbol, or "?". */
export interface RuntimeTensorInfo {
  readonly name: string;
  /** ONNX TensorProto.DataType code. */
  readonly dtype: number;
  readonly dims: readonly (number | string)[];
}

/** A value handed to or taken from a runtime: raw little-endian elements in row-major order. */
export interface RuntimeTensor {
  readonly dtype: number;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** The bytes of a model, or its parts one after the other: so its weights, as they lie in memory, are not there a second time. */
export type ModelBytes = Uint8Array | readonly Uint8Array[];

/** A loaded model. Runs of one session must not overlap: parallelism comes from many sessions. */
export interface RuntimeSession {
  readonly inputs: readonly RuntimeTensorInfo[];
  readonly outputs: readonly RuntimeTensorInfo[];
  /**
   * Runs the model and returns the asked outputs (all of them by default) by name, what is computed in canonical form
   * (docs/protocol.md §1.3).
   */
  run(feeds: ReadonlyMap<string, RuntimeTensor>, outputs?: readonly string[]): Promise<Map<string, RuntimeTensor>>;
  release(): Promise<void>;
}

/**
 * What the runtime may do to a model before it is run: `exact` removes and folds nodes without changing a bit of any
 * result, `basic` replaces several nodes by one that computes nearly the same, too.
 */
export type Optimisation = "exact" | "basic";

/** What of a session is not pinned. */
export interface SessionOptions {
  /** Threads that one run may use: one, unless it is established that more leave every bit as it is. */
  readonly threads?: number;
}

/** An ONNX runtime in the pinned options of the canonical run. */
export interface Runtime {
  /** Name and version, as versions state what they were compiled for: "onnxruntime 1.30.0". */
  readonly name: string;
  /** The optimised form of a model. */
  optimise(model: ModelBytes, level: Optimisation): Promise<Uint8Array>;
  /** A session in the pinned options: no optimisation, sequential, CPU, and one thread by default. */
  open(model: ModelBytes, options?: SessionOptions): Promise<RuntimeSession>;
}
