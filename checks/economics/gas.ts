/**
 * Gas of every move, for every size, out of what was measured. Pure: pages compute with it, too (docs/.vitepress/theme).
 */

/** Tensors of a large program, bytes of the largest inline input and output, and the depth of its largest tensor's tree. */
export const LARGE = { tensors: 4096, bytes: 32_768, depth: 14 } as const;

/** Gas of whole transactions, as `measureMoves` measures it. */
export type MoveGas = Record<
  | "approve" | "deposit" | "withdraw" | "accept" | "cancel" | "requestLarge" | "submitLarge"
  | "challengeLater" | "openSmall" | "openTensors" | "openBytes" | "openLargest"
  | "demandLeaf" | "demandHashes" | "demandLeaves" | "revealLeaf" | "revealHashes" | "revealLeaves"
  | "commit" | "resolve" | "finalize" | "timeout" | "silence" | "reclaim" | "collect" | "withdrawCredit" | "burn",
  number
>;

/** Gas of a judgement by the number of products of the element. */
export interface ProductPoint {
  readonly k: number;
  readonly transaction: number;
}

/** Everything that was measured. */
export interface Figures {
  readonly moves: MoveGas;
  /** A whole job on the digits CNN: 256 bytes in, 40 bytes out. */
  readonly job: { readonly request: number; readonly submit: number; readonly finalize: number };
  /** The first dispute of a deployment, over the longest element of the digits CNN. */
  readonly dispute: { readonly tensors: number; readonly products: number; readonly challenge: number; readonly convict: number };
  /** Dot products of float32 under `chain`, and of int8. */
  readonly chain: readonly ProductPoint[];
  readonly int8: readonly ProductPoint[];
}

/** What decides the gas of a dispute over a model. */
export interface ModelSize {
  readonly name: string;
  /** Computed tensors. */
  readonly tensors: number;
  /** Bytes of input and output that the opening brings; an input given by roots brings none. */
  readonly bytes: number;
  /** Products of the longest element. */
  readonly products: number;
  /** Depth of the largest tensor's tree. */
  readonly depth: number;
  /** Leaves of all outputs under a bound, which a challenger may have to see. */
  readonly boundLeaves: number;
}

/** Gas of every move, whole transactions, as the snapshots in the repository have it. */
export interface GasTable {
  readonly moves: MoveGas;
  readonly request: number;
  readonly submit: number;
  readonly finalize: number;
  readonly challenge: number;
  /** The opening of a trace. */
  open(size: Pick<ModelSize, "tensors" | "bytes">): number;
  /** A conviction, all pieces of a long element included. */
  convict(k: number): number;
}

/** Gas at k products: straight lines through the points. */
function gasAt(points: readonly ProductPoint[], k: number): number {
  const above = points.findIndex((point) => point.k >= k);
  const i = above < 0 ? points.length - 1 : Math.max(1, above);
  const [a, b] = [points[i - 1], points[i]];
  return a.transaction + ((b.transaction - a.transaction) * (k - a.k)) / (b.k - a.k);
}

/** @param products of which kind the longest element is made */
export function gasTable({ moves, job, dispute, ...points }: Figures, products: "chain" | "int8" = "chain"): GasTable {
  // Straight lines through what was measured; test/ts/economics holds the first against the largest opening of all.
  // Beyond 64 tensors an opening hardly grows with them: what the most of them take is taken for all.
  const ofTensors = moves.openTensors - moves.openSmall;
  const perByte = (moves.openBytes - moves.openSmall) / (2 * (LARGE.bytes - 4));
  // What the game adds to the verifier's judgement.
  const game = dispute.convict - gasAt(points.chain, dispute.products);
  return {
    moves,
    ...job,
    challenge: Math.max(dispute.challenge, moves.challengeLater),
    open: ({ tensors, bytes }) => Math.ceil(moves.openSmall + (tensors > 16 ? ofTensors : 0) + perByte * Math.max(0, bytes - 8)),
    convict: (k) => Math.ceil(gasAt(points[products], k) + game),
  };
}

/** Sizes of the shipped model, of models that everybody knows, and of the largest that the tables consider. */
export function modelSizes({ dispute: { tensors, products } }: Figures): readonly ModelSize[] {
  return [
    // 8×8 pixels in, 10 numbers out, the largest tensor 16×8×8, 32 averages; all in float32.
    { name: "digits CNN", tensors, products, bytes: 4 * (64 + 10), depth: 2, boundLeaves: 1 },
    // 53 convolutions, 49 Relu, 16 additions, 2 pools, Flatten, Gemm and the input; 3×3×512 products; 64×112×112 numbers; 2,048 averages.
    { name: "ResNet-50", tensors: 123, products: 4_608, bytes: 4_000, depth: 12, boundLeaves: 8 },
    // Its first dense layer has 512×7×7 inputs; 64×224×224 numbers.
    { name: "VGG-16", tensors: 40, products: 25_088, bytes: 4_000, depth: 14, boundLeaves: 0 },
    { name: "largest", tensors: LARGE.tensors, products: 25_088, bytes: 2 * LARGE.bytes, depth: LARGE.depth, boundLeaves: 64 },
  ];
}

/** Demands, one after another, that lead to one wrong leaf of a tree of this depth (docs/protocol.md §4.3). */
export const roundsTo = (depth: number): number => Math.ceil(depth / 6) + 1;

/** The same where nothing of the trace is known but what its opening shows: 64 tensors' roots, or what leads to them. */
export const roundsIn = ({ tensors, depth }: Pick<ModelSize, "tensors" | "depth">): number => roundsTo(depth) + (tensors > 64 ? 1 : 0);
