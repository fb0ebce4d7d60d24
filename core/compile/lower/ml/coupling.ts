import { filled, type Writer } from "../writer.ts";
import type { Pair } from "./pairs.ts";

/** Operators that the coupling is written in. */
export const COUPLING_INTO = ["Sigmoid", "MatMul", "Add", "Sub", "Mul", "Div", "Abs", "Max", "Min", "ReduceMax", "Less", "Or", "Where", "Slice", "Reshape"];

/** Classes up to which it is written out. */
export const MOST_CLASSES = 10;

/** Probabilities of a pair are at least this, and at most what it lacks to 1. */
const LEAST = 1e-7;

/** Times the runtime goes over all classes until the probabilities hardly change: measured, at most, with one more. */
const roundsOf = (classes: number): number => (classes === 2 ? 3 : 5);

/** A matrix [rows, columns] of zeros, with ones where they are asked for. */
function selection(w: Writer, rows: number, columns: number, isOne: (row: number, column: number) => boolean): string {
  return w.constant([rows, columns], Float32Array.from({ length: rows * columns }, (_, i) => Number(isOne(Math.floor(i / columns), i % columns))));
}

/**
 * Probabilities of the classes [rows, classes] out of those of pairs [rows, pairs], by the second method of Wu, Lin and Weng, "Probability
 * Estimates for Multi-class Classification by Pairwise Coupling" (2004), as libsvm and the runtime go about it: p minimises p·Q·p with
 * Q[i][i] = Σ r[j][i]² and Q[i][j] = −r[j][i] · r[i][j], class after class, and stays where no |(Q·p)[i] − p·Q·p| is as much as
 * 0.005 / classes.
 */
export function coupled(w: Writer, likely: string, rows: number, classes: number, pairs: readonly Pair[]): string {
  const k = classes;
  const unlikely = w.sub(1, likely);
  const upper = selection(w, pairs.length, k * k, (pair, at) => pairs[pair][0] * k + pairs[pair][1] === at);
  const lower = selection(w, pairs.length, k * k, (pair, at) => pairs[pair][1] * k + pairs[pair][0] === at);
  const r = w.add(w.of("MatMul", [likely, upper]), w.of("MatMul", [unlikely, lower]));
  const turned = w.add(w.of("MatMul", [likely, lower]), w.of("MatMul", [unlikely, upper]));
  const summed = (x: string, dims: readonly number[]) => w.of("MatMul", [w.reshape(x, [rows, k * k], dims), w.constant([k, 1], filled([k], 1))]);
  const diagonal = w.reshape(summed(w.mul(turned, turned), [rows * k, k]), [rows * k, 1], [rows, k]);
  const flat = w.sub(w.of("MatMul", [diagonal, selection(w, k, k * k, (i, at) => i * k + i === at)]), w.mul(turned, r));
  const q = w.reshape(flat, [rows, k * k], [rows, k, k]);
  const lines = Array.from({ length: k }, (_, i) => w.slice(flat, 1, i * k, (i + 1) * k));
  let p = w.constant([rows, k], filled([rows, k], 1 / k));
  let isDone: string | undefined;
  for (let round = 0; round < roundsOf(k); round++) {
    const qp = w.reshape(w.of("MatMul", [w.mul(q, w.reshape(p, [rows, k], [rows, 1, k])), w.constant([k, 1], filled([k], 1))]), [rows, k, 1], [rows, k]);
    const pqp = w.of("MatMul", [w.mul(p, qp), w.constant([k, 1], filled([k], 1))]);
    const error = w.greatest(w.abs(w.sub(qp, pqp)), [1]);
    const isNear = w.of("Less", [error, Math.fround(0.005) / k]);
    isDone = isDone === undefined ? isNear : w.of("Or", [isDone, isNear]);
    p = w.of("Where", [isDone, p, nextRound(w, { p, qp, pqp }, lines, diagonal)]);
  }
  return p;
}

interface State {
  readonly p: string;
  /** Q · p, and p · Q · p. */
  readonly qp: string;
  readonly pqp: string;
}

/** p after one step for every class: with d = (p·Q·p − (Q·p)[i]) / Q[i][i] it is (p + d · e[i]) / (1 + d). */
function nextRound(w: Writer, start: State, lines: readonly string[], diagonal: string): string {
  let { p, qp, pqp } = start;
  for (const [i, line] of lines.entries()) {
    const [own, at] = [w.slice(diagonal, 1, i, i + 1), w.slice(qp, 1, i, i + 1)];
    const step = w.div(w.sub(pqp, at), own);
    const whole = w.add(step, 1);
    const unit = w.constant([1, lines.length], Float32Array.from(lines, (_, k) => Number(k === i)));
    p = w.div(w.add(p, w.mul(step, unit)), whole);
    pqp = w.div(w.div(w.add(pqp, w.mul(step, w.add(w.mul(step, own), w.mul(at, 2)))), whole), whole);
    qp = w.div(w.add(qp, w.mul(step, line)), whole);
  }
  return p;
}

/** What a pair's score says of its first class: 1 − σ(a · score + b), a and b being its machine's. */
export function likelihoods(w: Writer, scores: string, a: readonly number[], b: readonly number[]): string {
  const row = (values: readonly number[]) => w.constant([values.length], Float32Array.from(values));
  const likely = w.sub(1, w.of("Sigmoid", [w.add(w.mul(scores, row(a)), row(b))]));
  return w.min(w.max(likely, LEAST), 1 - LEAST);
}
