/** Two classes that a machine decides between: the place of each among all. */
export type Pair = readonly [first: number, second: number];

/** All pairs, in the order of their machines. */
export const pairsOf = (classes: number): Pair[] =>
  Array.from({ length: classes }, (_, i) => Array.from({ length: classes - i - 1 }, (_, k): Pair => [i, i + 1 + k])).flat();
