import type { DType } from "../../../core/tensor/dtype.ts";
import type { Hex } from "../../../core/hex.ts";
import type { ModelGraph } from "../graph/modelGraph.ts";
import type { ShownElement } from "./element.ts";
import type { OpenedTrace, TensorMark } from "./tensors.ts";

/** All that it takes to look into a dispute without a chain. */
export interface ReplayCase {
  readonly canonical: Uint8Array;
  readonly programFile: Uint8Array;
  readonly programRoot: Hex;
  /** Bytes of all graph inputs; undefined where nobody gives them. */
  readonly input: Uint8Array | undefined;
  /** As it was submitted: bytes of the graph outputs, or their roots. */
  readonly output: Uint8Array | undefined;
  /** With where the operator serves the tensors. */
  readonly opened: (OpenedTrace & { readonly uri: string }) | undefined;
  /** The proof that went through; undefined where there was none, or where its transactions are not known. */
  readonly proof: { readonly pieces: readonly Hex[]; readonly conclusion: Hex } | undefined;
  /** Elements that the nodes may read and write: a longer run is not replayed. */
  readonly mostWork: number;
}

/** The first values of a graph's input or output, as they lie row-major. */
export interface ShownValues {
  readonly tensor: number;
  readonly dtype: DType;
  readonly count: number;
  /** Given with the request, or claimed by the operator; undefined where they are not known. */
  readonly given: readonly bigint[] | undefined;
  /** What this run gives; of an input nothing. */
  readonly own: readonly bigint[] | undefined;
  /** Row-major index of the first that differs. */
  readonly difference: number | undefined;
}

/** What a browser finds out about a dispute. */
export interface Examination {
  readonly graph: ModelGraph;
  /** By the numbers of tensors, which are the ids of the graph's nodes. */
  readonly marks: readonly TensorMark[];
  readonly inputs: readonly ShownValues[];
  readonly outputs: readonly ShownValues[];
  /** Whether the whole run was replayed; if not, why. */
  readonly run: { readonly isWhole: boolean; readonly detail: string };
  /** The element that the proof is about; without a proof, the first wrong one that is found here. */
  readonly element: (ShownElement & { readonly foundBy: "proof" | "replay" }) | undefined;
  /** The node whose output had bytes behind its end: that was proved instead of an element. */
  readonly padded: number | undefined;
}
