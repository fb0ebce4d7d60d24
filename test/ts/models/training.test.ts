import { expect } from "chai";
import { Random } from "../../../core/math/random.ts";
import { readModel } from "../../../models/cards.ts";
import { train as trainRegimes } from "../../../models/regime-lstm/train.ts";
import { fit, row, weights } from "../../../models/training/fit.ts";
import { gaussian } from "../../../models/training/gaussian.ts";
import { exp, gelu, Matrix, relu, sigmoid, tanh, Tape } from "../../../models/training/tape.ts";
import { train as trainVolatility } from "../../../models/volatility/train.ts";
import { deep } from "../../support/profile.ts";

describe("differentiation for the training of example models", () => {
  const random = new Random(7);
  const matrix = (rows: number, columns: number): Matrix => new Matrix(rows, columns, Float64Array.from({ length: rows * columns }, () => gaussian(random)));

  const OPERATIONS: Readonly<Record<string, [given: Matrix[], (tape: Tape, given: Matrix[]) => Matrix]>> = {
    "a product": [[matrix(3, 4), matrix(4, 2)], (tape, [a, b]) => tape.product(a, b)],
    "a product with a transpose": [[matrix(3, 4), matrix(5, 4)], (tape, [a, b]) => tape.product(a, b, { transposed: true })],
    "products of groups": [[matrix(6, 3), matrix(9, 2)], (tape, [a, b]) => tape.product(a, b, { groups: 3 })],
    "products of groups with transposes": [[matrix(6, 3), matrix(8, 3)], (tape, [a, b]) => tape.product(a, b, { groups: 2, transposed: true })],
    "a sum with a repeated row": [[matrix(4, 3), matrix(1, 3)], (tape, [a, b]) => tape.plus(a, b)],
    "a number-wise product with repeated rows": [[matrix(4, 3), matrix(2, 3)], (tape, [a, b]) => tape.times(a, b)],
    ...Object.fromEntries(Object.entries({ relu, tanh, sigmoid, exp, gelu }).map(([name, curve]) => [name, [[matrix(3, 3)], (tape: Tape, [a]: Matrix[]) => tape.map(a, curve)]])),
    "another shape": [[matrix(4, 3)], (tape, [a]) => tape.reshape(a, 6)],
    "gathered rows": [[matrix(3, 2)], (tape, [a]) => tape.gather(a, Int32Array.of(0, -1, 2, 2, 1, 0), 2)],
    "a slice of columns": [[matrix(3, 5)], (tape, [a]) => tape.slice(a, 1, 4)],
    "softmax": [[matrix(3, 4)], (tape, [a]) => tape.softmax(a)],
    "standardised rows": [[matrix(3, 4)], (tape, [a]) => tape.standardise(a, "rows", 1e-3)[0]],
    "standardised columns": [[matrix(5, 3)], (tape, [a]) => tape.standardise(a, "columns", 1e-3)[0]],
    "the mean": [[matrix(3, 4)], (tape, [a]) => tape.mean(a)],
    "the cross entropy": [[matrix(3, 4)], (tape, [a]) => tape.crossEntropy(a, [1, 0, 3])],
  };

  for (const [name, [given, compute]] of Object.entries(OPERATIONS)) {
    it(`gives the gradient of ${name} that small differences give`, () => {
      const probe = compute(new Tape(), given);
      const factors = matrix(probe.rows, probe.columns);
      const loss = (tape: Tape): Matrix => tape.mean(tape.times(compute(tape, given), factors));
      const tape = new Tape();
      for (const { gradient } of given) gradient.fill(0);
      tape.backward(loss(tape));
      const SMALL = 1e-5;
      for (const { values, gradient } of given) {
        values.forEach((value, i) => {
          const [above, below] = [SMALL, -SMALL].map((change) => {
            values[i] = value + change;
            return loss(new Tape()).values[0];
          });
          values[i] = value;
          expect(Math.abs(gradient[i] - (above - below) / (2 * SMALL))).to.be.at.most(1e-8);
        });
      }
    });
  }

  it("fits a line to points on it", () => {
    const [slope, height] = [weights(random, 1, 1), row(1)];
    const [x, negated] = [matrix(16, 1), new Matrix(16, 1)];
    x.values.forEach((value, i) => (negated.values[i] = -(3 * value - 2)));
    fit({
      ...{ parameters: [slope, height], steps: 300, rate: 0.2, say: () => undefined },
      loss(tape) {
        const error = tape.plus(tape.plus(tape.product(x, slope), height), negated);
        return tape.mean(tape.times(error, error));
      },
    });
    expect(Math.abs(slope.values[0] - 3)).to.be.at.most(1e-3);
    expect(Math.abs(height.values[0] + 2)).to.be.at.most(1e-3);
  });

  it("refuses numbers that do not fill a matrix", () => {
    expect(() => new Matrix(2, 3, new Float64Array(5))).to.throw("a matrix of 2 x 3 is given 5 numbers: give 6");
  });
});

// Rationale: a training takes minutes.
if (deep) {
  describe("the training of the example models", function () {
    this.timeout(1_800_000);

    for (const [name, train] of Object.entries({ volatility: trainVolatility, "regime-lstm": trainRegimes })) {
      it(`gives the file of ${name}, byte by byte`, () => {
        expect(Buffer.from(train()).equals(readModel(name))).to.equal(true);
      });
    }
  });
}
