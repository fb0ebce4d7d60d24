/** Values of a node's float32 inputs, row-major; undefined where an optional input is absent. */
export type FloatInputs = readonly (Float32Array | undefined)[];

/**
 * A Conv, Gemm or MatMul as what it is made of: blocks of rows times columns, whose every pair gives one element of
 * the output (docs/protocol.md §2.3).
 */
export interface Dot {
  readonly length: number;
  readonly alpha: number;
  readonly hasBias: boolean;
  /** See `runOf`. */
  readonly run: number;
  readonly blocks: number;
  readonly rows: number;
  readonly columns: number;
  /** Writes the vector `a` of a row. */
  gather(block: number, row: number, into: Float32Array): void;
  /** The vector `b` of a column. */
  column(block: number, column: number): Float32Array;
  /** Row-major index in the output. */
  element(block: number, row: number, column: number): number;
  bias(block: number, row: number, column: number): number;
}

/**
 * The columns of a matrix [rows, columns], each laid together when it is first asked for: of a large matrix few columns are
 * compared, and it is not in memory a second time.
 */
export function columnsOf(matrix: Float32Array, rows: number, columns: number): (column: number) => Float32Array {
  const laid = new Array<Float32Array | undefined>(columns);
  return (column) => {
    const known = laid[column];
    if (known !== undefined) return known;
    const values = new Float32Array(rows);
    for (let row = 0, at = column; row < rows; row++, at += columns) values[row] = matrix[at];
    return (laid[column] = values);
  };
}

/** The matrix [rows, columns] with its axes exchanged. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c];
  return result;
}
