import { floatsOf } from "../../../tensor/numbers.ts";
import type { Site } from "../lowering.ts";
import type { Writer } from "../writer.ts";

/** Rows from one to before another. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** Weights, biases and peepholes of one direction. What is cut and turned of a constant becomes another constant. */
export class Parameters {
  readonly #site: Site;
  readonly #w: Writer;
  readonly #direction: number;

  constructor(site: Site, w: Writer, direction: number) {
    this.#site = site;
    this.#w = w;
    this.#direction = direction;
  }

  has(input: number): boolean {
    return this.#site.inputs[input] !== undefined;
  }

  /** Rows of a matrix, turned: [directions, rows, columns] becomes [columns, rows]. */
  matrix(input: number, rows: Rows): string {
    const values = this.#constant(input, rows);
    const columns = this.#dims(input)[2];
    const count = rows.to - rows.from;
    if (values === undefined) return this.#w.transpose(this.#w.reshape(this.#cut(input, rows), [1, count, columns], [count, columns]), [1, 0]);
    const turned = new Float32Array(values.length);
    for (let row = 0; row < count; row++) for (let k = 0; k < columns; k++) turned[k * count + row] = values[row * columns + k];
    return this.#w.constant([columns, count], turned);
  }

  /** Elements of a vector: [directions, rows] becomes [rows]. */
  vector(input: number, rows: Rows): string {
    const values = this.#constant(input, rows);
    const count = rows.to - rows.from;
    return values === undefined ? this.#w.reshape(this.#cut(input, rows), [1, count], [count]) : this.#w.constant([count], values);
  }

  /** A vector of both biases: the first `count` rows of [directions, 2 · rows], plus as many of its second half as lie in `added`. */
  biases(input: number, count: number, added: number): string {
    const both = this.#constant(input, { from: 0, to: 2 * count });
    if (both !== undefined) return this.#w.constant([count], both.slice(0, count).map((value, i) => (i < added ? value + both[count + i] : value)));
    const sums = this.#w.add(this.vector(input, { from: 0, to: added }), this.vector(input, { from: count, to: count + added }));
    return added === count ? sums : this.#w.concat([sums, this.vector(input, { from: added, to: count })], 0);
  }

  /** The direction's part of a state, [1, batch, hidden]; undefined where it is absent or zero. */
  state(input: number): string | undefined {
    const known = this.#site.inputs[input];
    if (known === undefined) return undefined;
    const { constant } = known;
    if (constant !== undefined && floatsOf(constant.data).every((value) => value === 0)) return undefined;
    const [directions] = this.#dims(input);
    return directions === 1 ? this.#site.node.input[input] : this.#w.slice(this.#site.node.input[input], 0, this.#direction, this.#direction + 1);
  }

  #dims(input: number): readonly number[] {
    return this.#site.inputs[input]?.dims.map(Number) ?? [];
  }

  #constant(input: number, { from, to }: Rows): Float32Array | undefined {
    const constant = this.#site.inputs[input]?.constant;
    if (constant === undefined) return undefined;
    const [, all, columns = 1] = constant.dims;
    const start = this.#direction * all;
    return floatsOf(constant.data).slice((start + from) * columns, (start + to) * columns);
  }

  #cut(input: number, { from, to }: Rows): string {
    const [directions, all] = this.#dims(input);
    const name = this.#site.node.input[input];
    const own = directions === 1 ? name : this.#w.slice(name, 0, this.#direction, this.#direction + 1);
    return from === 0 && to === all ? own : this.#w.slice(own, 1, from, to);
  }
}
