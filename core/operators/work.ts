/**
 * What the contract does to judge an element, in units that have a price each (core/dispute/budget.ts), without what
 * it takes to authenticate and open what is read.
 */
export interface Work {
  /** Products of a chain, and those of them that leave its fast path; sums that are closed, of chunks or of lanes. */
  readonly chainProducts?: number;
  readonly slowProducts?: number;
  readonly chunks?: number;
  /** Products of a gemv, and those of them that leave its fast path. */
  readonly gemvProducts?: number;
  readonly slowGemvProducts?: number;
  /** Products of 8-bit integers. */
  readonly byteProducts?: number;
  /** Places of a convolution's kernel. */
  readonly taps?: number;
  /** Gas of arithmetic that only this operator has: the prices stand in its descriptor. */
  readonly gas?: number;
  /** Lines that elements are read in, each within a leaf; and steps along axes that it takes to get from one to the next. */
  readonly runLines?: number;
  readonly runSteps?: number;
  /** Places looked for among the opened leaves. */
  readonly searches?: number;
  /** Words of memory for what is gathered. */
  readonly words?: number;
}
