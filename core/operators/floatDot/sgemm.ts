import { Rule, type Arithmetic } from "../../program/types.ts";

/**
 * A node as the runtime hands it to MLAS, its library of kernels: a product of a matrix [rows, length] and one [length, columns]
 * in binary32, as many times as there are images, groups or matrices of a batch.
 */
export interface Sgemm {
  readonly rows: number;
  readonly length: number;
  readonly columns: number;
  /** Whether the right operand is packed when the session is made, as a constant matrix is. */
  readonly isPacked: boolean;
  /** Whether an operand lies in memory as its transpose. */
  readonly transA: boolean;
  readonly transB: boolean;
  /** Whether a column of the right operand lies together, if there is only one. */
  readonly isColumn: boolean;
  readonly alpha: number;
  /** Factor of the bias; 0 where there is none. */
  readonly beta: number;
  /** Whether the bias stands in the output before the products are added. */
  readonly biasFirst: boolean;
}

/** Flags of a row under `chain` and `gemv`, and one under `gemv` alone. */
export const BIAS_FIRST = 1;
export const CONTIGUOUS_ROWS = 2;

/** Outputs that a kernel computes in one call: place `element mod run` is an element's among them. */
export const runOf = ({ rows, columns }: Pick<Sgemm, "rows" | "columns">): number => rows * columns;

/** Products that MLAS adds before it goes on to the next panel, of operands that are not packed. */
function panelLength({ length, columns, transA }: Sgemm): number {
  let [width, depth] = [128, 128];
  if (columns >= length) while (depth / 2 >= length) [width, depth] = [width * 2, depth / 2];
  else if (!transA) while (width > 16 && width / 2 >= columns) [width, depth] = [width / 2, depth * 2];
  return depth;
}

const PACKED_PANEL = 256;

/** What MLAS computes on x86-64 with AVX2 and FMA (onnxruntime/core/mlas/lib/sgemm.cpp, convolve.cpp). */
export function arithmeticOf(call: Sgemm): Arithmetic {
  const { rows, columns, length, transA, transB, alpha, beta } = call;
  const first = call.biasFirst && beta !== 0 ? BIAS_FIRST : 0;
  if (!call.isPacked && alpha === 1 && (beta === 0 || beta === 1)) {
    // A row on the left, or a column on the right, which is a row times the left operand's transpose.
    const isTransposed = rows === 1 && !transA ? transB : columns === 1 && call.isColumn ? !transA : undefined;
    if (isTransposed !== undefined) return { rule: Rule.gemv, chunk: 0, flags: isTransposed ? CONTIGUOUS_ROWS : first };
  }
  const panel = call.isPacked ? PACKED_PANEL : panelLength(call);
  const chunk = panel >= length ? 0 : panel;
  // Within one chunk and with alpha 1 the bias is added once in either case: only "last" is stated.
  return { rule: Rule.chain, chunk, flags: chunk === 0 && alpha === 1 ? 0 : first };
}

/** Lengths of a chunk that other builds might use, the usual ones first; 0 is one chunk. */
const CHUNKS = [0, 256, 128, 512, 64, 1024, 2048, 384, 192, 32, 4096, 16, 768, 1536, 8];

/** What a row may be found to state: what MLAS computes where it is known, then whatever else there is. */
export function candidates(call: Sgemm): Arithmetic[] {
  const { length, alpha, beta } = call;
  const chains = CHUNKS.filter((chunk) => chunk < length).flatMap((chunk) =>
    (beta !== 0 && (chunk !== 0 || alpha !== 1) ? [BIAS_FIRST, 0] : [0]).map((flags) => ({ rule: Rule.chain, chunk, flags })),
  );
  const gemv = [...(beta === 0 ? [] : [BIAS_FIRST]), 0, CONTIGUOUS_ROWS].map((flags) => ({ rule: Rule.gemv, chunk: 0, flags }));
  const [likeliest, others] = [arithmeticOf(call), [...(isVector(call) ? gemv : []), ...chains]];
  return [likeliest, ...others.filter(({ rule, chunk, flags }) => rule !== likeliest.rule || chunk !== likeliest.chunk || flags !== likeliest.flags)];
}

/** Whether a kernel for one row or column may compute it. */
const isVector = ({ rows, columns, alpha }: Sgemm): boolean => alpha === 1 && (rows === 1 || columns === 1);

/**
 * Whether a row may state this. A chunk as long as the whole is written as 0, and the bias comes last where there is none.
 * @param hasBias whether the node has one, by whatever it is multiplied
 */
export function isPermittedFor(call: Sgemm, hasBias: boolean, { rule, chunk, flags }: Arithmetic): boolean {
  if (rule === Rule.gemv) return isVector(call) && chunk === 0 && (flags === 0 || flags === CONTIGUOUS_ROWS || (flags === BIAS_FIRST && hasBias));
  return Number.isInteger(chunk) && chunk >= 0 && chunk < call.length && (flags === 0 || (flags === BIAS_FIRST && hasBias));
}
