import { floatDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Rows of a matrix, at most: it has a product for every order of them. */
const MOST = 4;

/** By minors of the first rows: the determinant of some columns is that of all but one of them, times the element of that one in the next row. */
export const det: Lowering = {
  onnx: { Det: { since: 11, shapedBy: "shapes" } },
  into: ["Reshape", "Slice", "Mul", "Add", "Sub", "Identity"],
  difference: "portable",
  where: `its input is float32, of matrices of at most ${MOST} rows`,
  rewrite(site) {
    const dims = floatDims(site.inputs[0]);
    const n = dims?.at(-1);
    if (dims === undefined || n === undefined || n > MOST || dims.at(-2) !== n) return undefined;
    const w = new Writer(site);
    const batch = dims.slice(0, -2);
    const count = batch.reduce((a, b) => a * b, 1);
    const elements = w.reshape(site.node.input[0], dims, [count, n * n]);
    const element = (row: number, column: number): string => (n === 1 ? elements : w.slice(elements, 1, row * n + column, row * n + column + 1));
    const minors = new Map<string, string>();
    /** The determinant of these columns in as many of the first rows. */
    const minor = (columns: readonly number[]): string => {
      const last = columns.length - 1;
      if (last === 0) return element(0, columns[0]);
      const known = minors.get(columns.join());
      if (known !== undefined) return known;
      const terms = columns.map((column, i) => w.mul(element(last, column), minor(columns.filter((_, k) => k !== i))));
      // The last column of the last row stands on the diagonal; signs alternate from there.
      const sum = terms.reduceRight((total, term, i) => ((last - i) % 2 === 0 ? w.add(total, term) : w.sub(total, term)));
      minors.set(columns.join(), sum);
      return sum;
    };
    return w.doneAs(minor(Array.from({ length: n }, (_, column) => column)), batch);
  },
};
