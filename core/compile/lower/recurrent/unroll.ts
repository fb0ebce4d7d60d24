import { numbersOf } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { floatDims } from "../known.ts";
import type { Lowered, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { activate, readActivations, type Activation } from "./activations.ts";
import { Parameters, type Rows } from "./parameters.ts";

/** Steps of all directions together: a step is about fifteen nodes. */
export const MOST_STEPS = 1_000;

/** Since this opset Where, and Less of integers, are there. */
const MASKS = 9;

/** The places of the inputs that all recurrent operators have. */
const [X, W, R, BIAS, LENGTHS, STATES] = [0, 1, 2, 3, 4, 5];

/** Writes the product of a value with some rows of weights, those of X or those of the state. */
export type Product = (input: number, rows: Rows) => (x: string) => string;

/** What the weights of an operator are, and how values are multiplied with them. */
export interface Weights {
  /** Directions, rows of all gates, and elements of a state; undefined where these are no such weights. */
  readonly shape: (site: Site) => { readonly count: number; readonly rows: number; readonly hidden: number } | undefined;
  /** Inputs that are no float32 values, or may be none. */
  readonly others: readonly number[];
  readonly product: (site: Site, w: Writer, parameters: Parameters, direction: number) => Product;
}

/** Weights as they stand in an LSTM, a GRU and an RNN: [directions, rows, columns] of float32 numbers. */
export const plain: Weights = {
  shape({ inputs }) {
    const [weights, recurrent] = [floatDims(inputs[W]), floatDims(inputs[R])];
    if (weights?.length !== 3 || recurrent?.length !== 3) return undefined;
    return { count: weights[0], rows: weights[1], hidden: recurrent[2] };
  },
  others: [LENGTHS],
  product: (_, w, parameters) => (input, rows) => {
    const matrix = parameters.matrix(input, rows);
    return (x) => w.of("MatMul", [x, matrix]);
  },
};

/** What a cell is written with, in one direction. */
export interface CellSite {
  readonly w: Writer;
  readonly parameters: Parameters;
  readonly product: Product;
  readonly hidden: number;
  readonly activations: readonly Activation[];
  readonly attributes: Site["attributes"];
  /** The value, clipped where the node says so. */
  clip(x: string): string;
  activate(activation: Activation, x: string): string;
  /** The part of a value with several gates that belongs to these, in a row: [1, batch, gates · hidden]. */
  gates(x: string, from: number, to: number): string;
  /** The rows of these gates in the weights. */
  rows(from: number, to: number): Rows;
}

/** One step: from what X gives at it, [1, batch, gates · hidden], and the states before, absent where they are zero, to those behind it. */
export type Step = (x: string, states: readonly (string | undefined)[]) => readonly string[];

/** A recurrent operator. Its first state is what it gives out at every step. */
export interface Cell {
  readonly gates: number;
  readonly states: number;
  /** The activations where a node states none. */
  readonly activations: readonly string[];
  /** How many gates have the recurrent bias added outside of the cell; the others add it themselves. */
  biased(attributes: Site["attributes"]): number;
  begin(site: CellSite): Step;
}

interface Plan {
  readonly dims: { readonly steps: number; readonly batch: number; readonly hidden: number };
  readonly directions: readonly { readonly isReverse: boolean; readonly activations: readonly Activation[] }[];
  readonly lengths: Lengths | undefined;
}

/** How many steps of each row of the batch count: a constant, or a value of that name. */
type Lengths = readonly number[] | string;

/**
 * A recurrent operator, step after step. The product of X and the weights is one for all steps. What has no effect on a result is
 * left out: a product with states that are zero, and what nobody reads.
 */
export function unroll(site: Site, cell: Cell, weights: Weights = plain): Lowered | undefined {
  const plan = planOf(site, cell, weights);
  if (plan === undefined) return undefined;
  const w = new Writer(site);
  const { steps, batch, hidden } = plan.dims;
  const runs = plan.directions.map((_, direction) => run(site, w, cell, weights, plan, direction));
  const [y, ...states] = site.node.output;
  const results = new Map<string, string>();
  const isWanted = (name: string | undefined): name is string => name !== undefined && name !== "" && site.isRead(name);
  if (isWanted(y)) {
    const dims = [steps, batch, hidden];
    const parts = runs.map(({ all }) => w.reshape(w.concat(all, 0), dims, [steps, 1, batch, hidden]));
    results.set(y, w.concat(parts, 1));
  }
  states.forEach((name, i) => {
    if (isWanted(name)) results.set(name, w.concat(runs.map(({ last }) => last[i]), 0));
  });
  return w.doneAll(results);
}

function planOf(site: Site, { gates, activations: defaults }: Cell, weights: Weights): Plan | undefined {
  const { attributes, inputs, opset } = site;
  // One that nothing is known of is no absent one.
  if (site.node.input.some((name, i) => name !== "" && !weights.others.includes(i) && floatDims(inputs[i]) === undefined)) return undefined;
  const [x, shape] = [floatDims(inputs[X]), weights.shape(site)];
  if (x?.length !== 3 || shape === undefined || attributes.int("layout", 0) !== 0) return undefined;
  const [steps, batch] = x;
  const { hidden } = shape;
  const count = attributes.text("direction", "forward") === "bidirectional" ? 2 : 1;
  if (shape.count !== count || shape.rows !== gates * hidden || steps * count > MOST_STEPS) return undefined;
  const activations = readActivations({
    names: (attributes.texts("activations") ?? Array.from({ length: count }, () => defaults).flat()).slice(0, count * defaults.length),
    alphas: attributes.floats("activation_alpha") ?? [],
    betas: attributes.floats("activation_beta") ?? [],
  });
  if (activations?.length !== count * defaults.length) return undefined;
  const lengths = lengthsOf(site, steps);
  if (lengths !== undefined && opset < MASKS && (typeof lengths === "string" || lengths.some((length) => length !== lengths[0]))) return undefined;
  const isReverse = attributes.text("direction", "forward") === "reverse";
  return {
    dims: { steps, batch, hidden },
    lengths,
    directions: Array.from({ length: count }, (_, i) => ({
      isReverse: isReverse || i === 1,
      activations: activations.slice(i * defaults.length, (i + 1) * defaults.length),
    })),
  };
}

/** Undefined where every step counts. */
function lengthsOf({ node, inputs }: Site, steps: number): Lengths | undefined {
  const name = node.input[LENGTHS] ?? "";
  if (name === "") return undefined;
  const constant = inputs[LENGTHS]?.constant;
  if (constant === undefined) return name;
  const lengths = numbersOf(constant);
  return lengths.every((length) => length === steps) ? undefined : lengths;
}

/** All outputs in the order of X, [1, batch, hidden] each, and the last states. */
function run(site: Site, w: Writer, cell: Cell, weights: Weights, { dims, directions, lengths }: Plan, direction: number): { all: string[]; last: readonly string[] } {
  const { steps, batch, hidden } = dims;
  const { isReverse, activations } = directions[direction];
  const { attributes } = site;
  const parameters = new Parameters(site, w, direction);
  const product = weights.product(site, w, parameters, direction);
  const most = attributes.float("clip", -1);
  const rows = (from: number, to: number): Rows => ({ from: from * hidden, to: to * hidden });
  const step = cell.begin({
    w, parameters, product, hidden, activations, attributes, rows,
    activate: (activation, x) => activate(w, activation, x),
    clip: (x) => (most >= 0 ? w.clip(x, -most, most) : x),
    gates: (x, from, to) => w.slice(x, 2, from * hidden, to * hidden),
  });
  const projected = project(site, w, cell, parameters, product, rows);
  const zero = (): string => w.constant([1, batch, hidden], new Float32Array(batch * hidden));
  const mask = maskOf(w, lengths, batch);
  const all = new Array<string>(steps);
  let states: readonly (string | undefined)[] = Array.from({ length: cell.states }, (_, i) => parameters.state(STATES + i));
  for (let i = 0; i < steps; i++) {
    const t = isReverse ? steps - 1 - i : i;
    const counts = mask(t);
    if (counts === "none") {
      all[t] = zero();
      continue;
    }
    const next = step(steps === 1 ? projected : w.slice(projected, 0, t, t + 1), states);
    const choose = (a: string, b: string | undefined) => (counts === "all" ? a : w.of("Where", [counts.mask, a, b ?? zero()]));
    all[t] = choose(next[0], undefined);
    states = next.map((state, k) => choose(state, states[k]));
  }
  return { all, last: states.map((state) => state ?? zero()) };
}

/** X times the weights of all gates and steps, and the biases. */
function project({ node, attributes }: Site, w: Writer, cell: Cell, parameters: Parameters, product: Product, rows: (from: number, to: number) => Rows): string {
  const { gates } = cell;
  const products = product(W, rows(0, gates))(node.input[X]);
  if (!parameters.has(BIAS)) return products;
  return w.add(products, parameters.biases(BIAS, rows(0, gates).to, rows(0, cell.biased(attributes)).to));
}

/** Which rows of the batch count at a step. */
function maskOf(w: Writer, lengths: Lengths | undefined, batch: number): (t: number) => "all" | "none" | { readonly mask: string } {
  if (lengths === undefined) return () => "all";
  if (typeof lengths === "string") {
    const all = w.reshape(lengths, [batch], [1, batch, 1]);
    return (t) => ({ mask: w.of("Less", [w.integer(DType.int32, t), all]) });
  }
  return (t) => {
    const counting = lengths.map((length) => t < length);
    if (counting.every(Boolean)) return "all";
    return counting.some(Boolean) ? { mask: w.booleans([1, batch, 1], counting) } : "none";
  };
}
