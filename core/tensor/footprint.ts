/** Elements `stride` apart in commit order, along one axis. */
export interface Axis {
  readonly count: number;
  readonly stride: number;
}

/**
 * What an element reads of one input at most: all sums of one place from every axis, from some offset on. The first axis is
 * the outermost in the order of reading.
 */
export type Footprint = readonly Axis[];
