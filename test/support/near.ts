import { expect } from "chai";

/**
 * Like chai's `closeTo` on ordinary numbers, which the Ethereum matchers replace, once any test has loaded them, by one
 * for integers.
 */
export function expectNear(actual: number, expected: number, tolerance: number, what = "the value"): void {
  expect(Math.abs(actual - expected), `${what} is ${actual}, not ${expected} within ${tolerance}`).to.be.at.most(tolerance);
}
