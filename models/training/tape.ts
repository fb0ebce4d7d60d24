/**
 * Reverse-mode differentiation of computations with matrices: every operation gives its result and notes how a gradient of the result
 * becomes gradients of what it was made of; `backward` plays the notes from the last to the first.
 */

/** Rows of float64 numbers, one after the other; `gradient` is that of the loss, once `backward` was there. */
export class Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
  readonly gradient: Float64Array;

  constructor(rows: number, columns: number, values = new Float64Array(rows * columns)) {
    if (values.length !== rows * columns) throw new RangeError(`a matrix of ${rows} x ${columns} is given ${values.length} numbers: give ${rows * columns}`);
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    this.gradient = new Float64Array(values.length);
  }
}

/** Distances between neighbours of a column and of a row of a matrix in memory: those of its transpose are the other way round. */
type Strides = readonly [down: number, along: number];

/** Adds to `out` [m, n], from `at` on, the product of a [m, k] and b [k, n], which begin at `from`. */
function addProduct(out: Float64Array, at: number, [m, k, n]: readonly number[], a: Float64Array, b: Float64Array, from: readonly number[], [aDown, aAlong]: Strides, [bDown, bAlong]: Strides): void {
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const factor = a[from[0] + i * aDown + l * aAlong];
      if (factor === 0) continue;
      for (let j = 0, to = at + i * n, of = from[1] + l * bDown; j < n; j++, of += bAlong) out[to + j] += factor * b[of];
    }
  }
}

export interface Product {
  /** Into how many matrices, one below the other, both factors are divided; 1 by default. */
  readonly groups?: number;
  /** Whether the second factor is transposed, in every group. */
  readonly transposed?: boolean;
}

/** A function of one number, and its derivative in terms of the number and of the function's value. */
export interface Curve {
  readonly of: (x: number) => number;
  readonly slope: (x: number, y: number) => number;
}

export const relu: Curve = { of: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) };
export const tanh: Curve = { of: Math.tanh, slope: (_, y) => 1 - y * y };
export const sigmoid: Curve = { of: (x) => 1 / (1 + Math.exp(-x)), slope: (_, y) => y * (1 - y) };
export const exp: Curve = { of: Math.exp, slope: (_, y) => y };

/** x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³), as ONNX's Gelu with `approximate` "tanh". */
const inner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
export const gelu: Curve = {
  of: (x) => (x * (1 + Math.tanh(inner(x)))) / 2,
  slope(x) {
    const t = Math.tanh(inner(x));
    return (1 + t + x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)) / 2;
  },
};

/** Mean and variance of the numbers of a row, or of a column. */
export interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export class Tape {
  readonly #backward: (() => void)[] = [];

  /** Gradients of everything that `loss`, a single number, was made of. */
  backward(loss: Matrix): void {
    loss.gradient[0] = 1;
    for (const step of this.#backward.splice(0).reverse()) step();
  }

  #made(rows: number, columns: number, backward: (result: Matrix) => void): Matrix {
    const result = new Matrix(rows, columns);
    this.#backward.push(() => backward(result));
    return result;
  }

  /** a b, or a bᵀ; of every group for itself. */
  product(a: Matrix, b: Matrix, { groups = 1, transposed = false }: Product = {}): Matrix {
    const [m, k, rows] = [a.rows / groups, a.columns, b.rows / groups];
    const n = transposed ? rows : b.columns;
    const down: Strides = [k, 1];
    const across: Strides = transposed ? [1, k] : [n, 1];
    const turned = ([x, y]: Strides): Strides => [y, x];
    const each = (act: (g: number) => void) => {
      for (let g = 0; g < groups; g++) act(g);
    };
    const result = this.#made(a.rows, n, ({ gradient }) =>
      each((g) => {
        const [ofA, ofB, ofResult] = [g * m * k, g * rows * b.columns, g * m * n];
        // d a = d c bᵀ, d b = aᵀ d c; and where b is transposed, d b = d cᵀ a.
        addProduct(a.gradient, ofA, [m, n, k], gradient, b.values, [ofResult, ofB], [n, 1], turned(across));
        if (transposed) addProduct(b.gradient, ofB, [n, m, k], gradient, a.values, [ofResult, ofA], [1, n], down);
        else addProduct(b.gradient, ofB, [k, m, n], a.values, gradient, [ofA, ofResult], turned(down), [n, 1]);
      }),
    );
    each((g) => addProduct(result.values, g * m * n, [m, k, n], a.values, b.values, [g * m * k, g * rows * b.columns], down, across));
    return result;
  }

  /** a + b; b is repeated from row to row until it is as long as a. */
  plus(a: Matrix, b: Matrix): Matrix {
    const size = b.values.length;
    const result = this.#made(a.rows, a.columns, ({ gradient }) => {
      gradient.forEach((g, i) => {
        a.gradient[i] += g;
        b.gradient[i % size] += g;
      });
    });
    a.values.forEach((value, i) => (result.values[i] = value + b.values[i % size]));
    return result;
  }

  /** a b, number by number; b is repeated as in `plus`. */
  times(a: Matrix, b: Matrix): Matrix {
    const size = b.values.length;
    const result = this.#made(a.rows, a.columns, ({ gradient }) => {
      gradient.forEach((g, i) => {
        a.gradient[i] += g * b.values[i % size];
        b.gradient[i % size] += g * a.values[i];
      });
    });
    a.values.forEach((value, i) => (result.values[i] = value * b.values[i % size]));
    return result;
  }

  map(a: Matrix, { of, slope }: Curve): Matrix {
    const result = this.#made(a.rows, a.columns, ({ gradient, values }) => {
      gradient.forEach((g, i) => (a.gradient[i] += g * slope(a.values[i], values[i])));
    });
    a.values.forEach((value, i) => (result.values[i] = of(value)));
    return result;
  }

  /** The same numbers in rows of another length. */
  reshape(a: Matrix, columns: number): Matrix {
    const result = this.#made(a.values.length / columns, columns, ({ gradient }) => gradient.forEach((g, i) => (a.gradient[i] += g)));
    result.values.set(a.values);
    return result;
  }

  /** Rows of a at these places, `width` of them side by side in a row of the result; the place -1 has zeros. */
  gather(a: Matrix, places: Int32Array, width = 1): Matrix {
    const { columns } = a;
    const each = (act: (from: number, to: number) => void) =>
      places.forEach((place, at) => {
        for (let i = 0; place >= 0 && i < columns; i++) act(place * columns + i, at * columns + i);
      });
    const result = this.#made(places.length / width, width * columns, ({ gradient }) => each((from, to) => (a.gradient[from] += gradient[to])));
    each((from, to) => (result.values[to] = a.values[from]));
    return result;
  }

  /** Columns `start` to before `end`. */
  slice(a: Matrix, start: number, end: number): Matrix {
    const width = end - start;
    const place = (i: number): number => Math.floor(i / width) * a.columns + start + (i % width);
    const result = this.#made(a.rows, width, ({ gradient }) => gradient.forEach((g, i) => (a.gradient[place(i)] += g)));
    result.values.forEach((_, i) => (result.values[i] = a.values[place(i)]));
    return result;
  }

  /** Of every row. */
  softmax(a: Matrix): Matrix {
    const { rows, columns } = a;
    const result = this.#made(rows, columns, ({ gradient, values }) => {
      for (let at = 0; at < values.length; at += columns) {
        let sum = 0;
        for (let i = at; i < at + columns; i++) sum += gradient[i] * values[i];
        for (let i = at; i < at + columns; i++) a.gradient[i] += values[i] * (gradient[i] - sum);
      }
    });
    for (let at = 0; at < result.values.length; at += columns) {
      const exps = softmaxOf(a.values.subarray(at, at + columns));
      result.values.set(exps, at);
    }
    return result;
  }

  /**
   * (a - mean) / √(variance + epsilon), with mean and variance of every row, or of every column.
   * @returns the result, and the moments
   */
  standardise(a: Matrix, of: "rows" | "columns", epsilon: number): [Matrix, Moments] {
    const [lines, size, down, along] = of === "rows" ? [a.rows, a.columns, a.columns, 1] : [a.columns, a.rows, 1, a.columns];
    const [mean, variance, scale] = [new Float64Array(lines), new Float64Array(lines), new Float64Array(lines)];
    const average = (line: number, value: (place: number) => number): number => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += value(line * down + i * along);
      return sum / size;
    };
    // d a = scale (d y - mean(d y) - y mean(y d y)).
    const result = this.#made(a.rows, a.columns, ({ gradient, values }) => {
      for (let line = 0; line < lines; line++) {
        const [first, second] = [average(line, (p) => gradient[p]), average(line, (p) => gradient[p] * values[p])];
        for (let i = 0, p = line * down; i < size; i++, p += along) a.gradient[p] += scale[line] * (gradient[p] - first - values[p] * second);
      }
    });
    for (let line = 0; line < lines; line++) {
      mean[line] = average(line, (p) => a.values[p]);
      variance[line] = average(line, (p) => (a.values[p] - mean[line]) ** 2);
      scale[line] = 1 / Math.sqrt(variance[line] + epsilon);
      for (let i = 0, p = line * down; i < size; i++, p += along) result.values[p] = (a.values[p] - mean[line]) * scale[line];
    }
    return [result, { mean, variance }];
  }

  /** Mean of all numbers. */
  mean(a: Matrix): Matrix {
    const result = this.#made(1, 1, ({ gradient }) => a.gradient.forEach((_, i) => (a.gradient[i] += gradient[0] / a.values.length)));
    result.values[0] = a.values.reduce((sum, value) => sum + value, 0) / a.values.length;
    return result;
  }

  /** Mean over the rows of -ln of the probability that the softmax of a row gives to its label. */
  crossEntropy(scores: Matrix, labels: readonly number[]): Matrix {
    const probabilities = labels.map((_, row) => softmaxOf(scores.values.subarray(row * scores.columns, (row + 1) * scores.columns)));
    const result = this.#made(1, 1, ({ gradient }) => {
      probabilities.forEach((each, row) =>
        each.forEach((p, i) => (scores.gradient[row * scores.columns + i] += (gradient[0] * (p - (i === labels[row] ? 1 : 0))) / labels.length)),
      );
    });
    result.values[0] = -labels.reduce((sum, label, row) => sum + Math.log(probabilities[row][label]), 0) / labels.length;
    return result;
  }
}

function softmaxOf(scores: Float64Array): Float64Array {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const exps = scores.map((score) => Math.exp(score - largest));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((each) => each / sum);
}
