import type { Hex } from "../../../core/hex.ts";
import type { NamedSpecs } from "../../../sdk/index.ts";
import type { ModelGraph } from "../graph/modelGraph.ts";

/** A version's two files, with the root that the chain has of their program. */
export interface Published {
  readonly canonical: Uint8Array;
  readonly programFile: Uint8Array;
  readonly programRoot: Hex;
}

/** What of a version its files tell. */
export interface Rebuilt {
  readonly graph: ModelGraph;
  readonly specs: NamedSpecs;
  /** Elements that a run reads and writes, each as often as it is needed. */
  readonly work: number;
}

/** What a worker is asked of published files: what they are, or what a run on an input gives. */
export type Question = { readonly published: Published } & ({ readonly kind: "rebuild" } | { readonly kind: "run"; readonly input: Uint8Array });

export type Reply =
  | { readonly kind: "progress"; readonly done: number; readonly all: number }
  | { readonly kind: "rebuilt"; readonly rebuilt: Rebuilt }
  /** Bytes of all graph outputs. */
  | { readonly kind: "ran"; readonly output: Uint8Array }
  | { readonly kind: "failed"; readonly message: string };
