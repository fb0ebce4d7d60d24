/** One figure and what is asked of it. */
export interface Target {
  name: string;
  measured: number;
  /** What it must not exceed, or with `atLeast` not fall below. */
  limit: number;
  atLeast?: boolean;
  unit: string;
}
