import type { OpCase, OnnxCase } from "../../support/opCase.ts";
import type { Random } from "../../support/random.ts";

/** All that the tests know of an operator: what every check of it is made of. */
export interface OperatorCases {
  /** A random node with its ONNX form: shapes, attributes, layouts, numbers. */
  readonly random: (random: Random) => OnnxCase;
  /** Values at which it changes its ways, with everything that is admissible there. */
  readonly special: readonly Special[];
  /** Cases of which every element is judged. */
  readonly every?: readonly OnnxCase[];
  /** What it gives no verdict on: contract and twin refuse, with an error of this name. */
  readonly refused?: readonly Refused[];
  /** What onnxruntime itself refuses, with what it says, so that no rule need know it. */
  readonly unheardOf?: readonly { readonly about: string; readonly of: OnnxCase; readonly says: string }[];
  /** Reductions that are too long for every claim: the honest values of some elements are admissible. */
  readonly long?: (random: Random) => readonly OnnxCase[];
  /** Whether onnxruntime must follow an order of additions in this case (the rule lanes); in all if it is left out. */
  readonly hasOrder?: (c: OnnxCase) => boolean;
  readonly costs?: readonly Cost[];
  /** Whether its outputs take over or make negative zeros and NaNs of other bits. */
  readonly keepsSigns?: boolean;
}

/** A value of the output's type; of a bigint its bits. */
export type Claim = number | bigint;

export interface Special {
  readonly about: string;
  readonly of: OnnxCase;
  /** Element 0 unless told otherwise. */
  readonly element?: number;
  /** Of what is tried, all that is admissible. */
  readonly leaves: readonly Claim[];
  /** Tried besides what is tried of every case of the type (`PROBES`), and inadmissible. */
  readonly not?: readonly Claim[];
  /** False where onnxruntime computes nothing, or something that has no rule. */
  readonly runs?: false;
}

export interface Refused {
  readonly about: string;
  readonly of: OpCase;
  readonly error: "LengthNotJudged" | "DTypeUnsupported" | "AttributeNotJudged" | "WindowMalformed";
}

/** Gas of a judgement beyond that of one with a single unit. */
export interface Cost {
  readonly about: string;
  /** Gas of a unit at most. */
  readonly most: number;
  readonly units: readonly number[];
  readonly of: (units: number, random: Random) => { readonly c: OpCase; readonly element: number };
}
