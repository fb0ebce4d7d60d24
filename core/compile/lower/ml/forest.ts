import { refuse } from "../../../faults.ts";

/** How a node of a tree chooses: the true branch where the feature is that against the threshold. */
export type Mode = "LEQ" | "LT" | "GTE" | "GT" | "EQ" | "NEQ" | "MEMBER";

/** A node that chooses between two others. */
export interface Branch {
  readonly mode: Mode;
  readonly feature: number;
  /** One threshold, or the set of a MEMBER in any order. */
  readonly values: readonly number[];
  /** Whether the true branch is taken where the feature is NaN, too. */
  readonly takesMissing: boolean;
  /** The nodes that it leads to, by their places. */
  readonly yes: number;
  readonly no: number;
}

/** What a leaf adds to a target. */
export interface Weight {
  readonly target: number;
  readonly value: number;
}

export interface Leaf {
  readonly weights: readonly Weight[];
}

/**
 * Trees in one table: a node takes its first branch where the feature is at most the threshold, or NaN where it takes what is
 * missing. A leaf leads to itself.
 */
export interface Forest {
  readonly features: readonly number[];
  readonly thresholds: readonly number[];
  readonly takesMissing: readonly boolean[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** Empty of a node that is no leaf. */
  readonly weights: readonly (readonly Weight[])[];
  /** One per tree. */
  readonly roots: readonly number[];
  /** Choices of the longest path. */
  readonly depth: number;
}

/** The greatest number of a type below another; NaN, which nothing is at most, where there is none. */
export type Below = (value: number) => number;

/** The next float32 number below, by its bits. */
export function belowFloat32(value: number): number {
  if (value === -Infinity || Number.isNaN(value)) return NaN;
  if (value === 0) return -(2 ** -149);
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] += value > 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0];
}

/** The next float64 number below, by its bits. */
export function belowFloat64(value: number): number {
  if (value === -Infinity || Number.isNaN(value)) return NaN;
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] += value > 0 ? -1n : 1n;
  return new Float64Array(bits.buffer)[0];
}

interface Row {
  feature: number;
  threshold: number;
  takesMissing: boolean;
  first: number;
  second: number;
}

/**
 * The forest of nodes that may choose in any mode. With b the number below t, x < t is x ≤ b, and x = t is x ≤ t without x ≤ b. What is
 * taken where x is not so is taken for NaN as well, hence a node with exchanged branches takes what is missing where it did not.
 * @param roots places of the trees' first nodes
 */
export function forestOf(nodes: readonly (Branch | Leaf)[], roots: readonly number[], below: Below): Forest {
  const rows: Row[] = nodes.map((_, place) => ({ feature: 0, threshold: 0, takesMissing: false, first: place, second: place }));
  const add = (row: Row): number => rows.push(row) - 1;
  /** At place: x ≤ t ? (x ≤ b ? no : yes) : no. */
  const equality = (place: number, { feature, takesMissing }: Branch, value: number, yes: number, no: number): void => {
    const second = add({ feature, threshold: below(value), takesMissing: false, first: no, second: yes });
    rows[place] = { feature, threshold: value, takesMissing, first: second, second: no };
  };
  nodes.forEach((node, place) => {
    if ("weights" in node) return;
    const { mode, feature, values: [value], takesMissing, yes, no } = node;
    if (mode === "LEQ") rows[place] = { feature, threshold: value, takesMissing, first: yes, second: no };
    else if (mode === "LT") rows[place] = { feature, threshold: below(value), takesMissing, first: yes, second: no };
    else if (mode === "GT") rows[place] = { feature, threshold: value, takesMissing: !takesMissing, first: no, second: yes };
    else if (mode === "GTE") rows[place] = { feature, threshold: below(value), takesMissing: !takesMissing, first: no, second: yes };
    else if (mode === "EQ") equality(place, node, value, yes, no);
    else if (mode === "NEQ") equality(place, { ...node, takesMissing: false }, value, no, yes);
    else membership(place, node);
  });
  /** A search for the least member that x is not above, then whether it is x. */
  function membership(place: number, node: Branch): void {
    const members = [...new Set(node.values)].sort((a, b) => a - b);
    if (members.length === 0) refuse("a set of members is empty");
    const search = (at: number, from: number, to: number): void => {
      if (to - from === 1) return equality(at, node, members[from], node.yes, node.no);
      const middle = (from + to) >> 1;
      const [low, high] = [add({ ...rows[at] }), add({ ...rows[at] })];
      rows[at] = { feature: node.feature, threshold: members[middle - 1], takesMissing: node.takesMissing, first: low, second: high };
      search(low, from, middle);
      search(high, middle, to);
    };
    search(place, 0, members.length);
  }
  return {
    features: rows.map(({ feature }) => feature),
    thresholds: rows.map(({ threshold }) => threshold),
    takesMissing: rows.map(({ takesMissing }) => takesMissing),
    first: rows.map(({ first }) => first),
    second: rows.map(({ second }) => second),
    weights: rows.map((_, place) => {
      const node = nodes[place];
      return node !== undefined && "weights" in node ? node.weights : [];
    }),
    roots,
    depth: depthOf(rows, roots),
  };
}

/** Choices of the longest path from one of the roots. A node may be reached on several paths, but not from itself. */
function depthOf(rows: readonly Row[], roots: readonly number[]): number {
  const heights = new Int32Array(rows.length).fill(-1);
  const isOpen = new Uint8Array(rows.length);
  const next = (place: number): number[] => (rows[place].first === place ? [] : [rows[place].first, rows[place].second]);
  let deepest = 0;
  for (const root of roots) {
    const path = [root];
    while (path.length > 0) {
      const place = path[path.length - 1];
      const below = next(place);
      if (heights[place] >= 0) path.pop();
      else if (isOpen[place] === 0) {
        isOpen[place] = 1;
        for (const child of below) {
          if (rows[child] === undefined) refuse(`a branch leads to the node ${child}, which there is not`);
          if (heights[child] < 0 && isOpen[child] === 1) refuse("a path through a tree comes back to where it was");
          if (heights[child] < 0) path.push(child);
        }
      } else {
        heights[place] = below.length === 0 ? 0 : 1 + Math.max(...below.map((child) => heights[child]));
        path.pop();
      }
    }
    deepest = Math.max(deepest, heights[root]);
  }
  return deepest;
}
