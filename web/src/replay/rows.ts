import type { Operation } from "../../../core/exact/binary32.ts";
import { floatFigure, integerFigure, type Figure } from "./figures.ts";

/** One operation of an element's arithmetic. */
export interface Row {
  /** Its place among the rows of its stage, from 0. */
  readonly number: number;
  readonly operation: Operation["name"] | "product";
  readonly operands: readonly Figure[];
  readonly result: Figure;
  /** The elements that its first operands are, in their order; undefined of padding. */
  readonly places?: readonly (Place | undefined)[];
  /** What the operation is for. */
  readonly note?: string;
}

/** An element of an input of the row. */
export interface Place {
  readonly input: number;
  readonly coordinates: readonly number[];
}

export type Told = Pick<Row, "places" | "note">;

/** Rows of one purpose. Where there are too many, those in the middle are left out. */
export interface Stage {
  readonly title: string;
  /** What happens, for somebody who knows no arithmetic of computers. */
  readonly words: string;
  readonly rows: readonly Row[];
  /** Of all rows, those left out among them. */
  readonly count: number;
}

/** Rows that are kept of the beginning and of the end of a stage. */
export const KEPT = 2_048;

/** Gathers the rows of a stage. */
export class Rows {
  readonly #first: Row[] = [];
  #last: Row[] = [];
  #count = 0;

  add(row: Omit<Row, "number">): void {
    const numbered = { ...row, number: this.#count++ };
    if (this.#first.length < KEPT) this.#first.push(numbered);
    else this.#last.push(numbered);
    if (this.#last.length >= 2 * KEPT) this.#last = this.#last.slice(-KEPT);
  }

  operation({ name, operands, result }: Operation, told: Told = {}): void {
    const isCount = name === "fromInteger";
    this.add({
      operation: name,
      operands: operands.map((value) => (isCount ? integerFigure(value as bigint) : floatFigure(value))),
      result: name === "roundToInteger" ? integerFigure(result as bigint) : floatFigure(result),
      ...told,
    });
  }

  /** Undefined where there is none. */
  stage(title: string, words: string): Stage | undefined {
    if (this.#count === 0) return undefined;
    return { title, words, rows: [...this.#first, ...this.#last.slice(-KEPT)], count: this.#count };
  }
}
