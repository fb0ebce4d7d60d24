import { expect } from "chai";
import { chainOf, measureOpenings } from "../../../checks/bench/openings.ts";
import { openingCost, whyNotOpenable } from "../../../core/dispute/opening.ts";
import { TRANSACTION_BYTES } from "../../../core/dispute/budget.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { Program } from "../../../core/program/types.ts";

/** Whole transactions on the real contracts: what an operator sends when it is challenged. */
describe("openings", function () {
  this.timeout(120_000);

  it("take at most 250,000 gas and 8 KiB however many tensors a trace has", async () => {
    for (const { tensors, bytes, gas } of await measureOpenings([12, 123, 600, 1_500, 4_096].map((n) => chainOf(n)))) {
      expect(gas, `${tensors} tensors`).to.be.at.most(250_000);
      expect(bytes, `${tensors} tensors`).to.be.at.most(8_192);
    }
  });

  it("take no more than was estimated when the version was compiled, and not much less", async () => {
    // Many tensors, long inputs and outputs, many outputs in the order that is sorted slowest.
    const programs = [
      chainOf(2), chainOf(12), chainOf(64), chainOf(65), chainOf(600), chainOf(4_096), chainOf(2_100, 8_192), chainOf(4_096, 4_096),
      chainOf(300, 8, 200), chainOf(100, 64, 60), chainOf(40, 500, 16), chainOf(40, 500, 30), chainOf(40, 4_096, 2),
    ];
    const measured = await measureOpenings(programs);
    for (const [i, { tensors, bytes, gas }] of measured.entries()) {
      const cost = openingCost(programs[i]);
      const about = `${tensors} tensors, ${programs[i].outputs.length} outputs of ${programs[i].outputs[0].dims[1]}`;
      if (process.env.OPG_FIGURES === "1") console.log(`${about}: ${bytes} of ${cost.bytes} bytes, ${gas} of ${cost.gas} gas`);
      expect(cost.bytes, about).to.be.at.least(bytes);
      expect(cost.gas, about).to.be.at.least(gas);
      expect(cost.bytes, about).to.be.at.most(1.3 * bytes + 2_000);
      expect(cost.gas, about).to.be.at.most(1.6 * gas);
      expect(whyNotOpenable(programs[i]), about).to.equal(undefined);
    }
  });

  it("that nodes do not relay are refused with the number that is too large", () => {
    // Inputs and outputs as long as go along with a job, and so many outputs, each at a place of its own, that the tree takes as much.
    const wide: Program = {
      ...chainOf(8_192),
      inputs: [{ name: "x", dtype: DType.float32, dims: [1, 16_384] }],
      outputs: Array.from({ length: 255 }, (_, i) => ({ name: `y${i}`, dtype: DType.float32, dims: [1, 32], id: 32 * i + 20 })),
    };
    const { bytes } = openingCost(wide);
    expect(bytes).to.be.greaterThan(TRANSACTION_BYTES);
    expect(whyNotOpenable(wide)).to.include(`up to ${bytes} bytes`).and.to.match(/nodes relay 131072 bytes.*fewer inputs or outputs/);
  });

  it("carry no input or output that is committed to by its roots", () => {
    const huge = { dtype: DType.float32, dims: [1, 4_000_000] };
    const long = { ...chainOf(3), inputs: [{ name: "x", ...huge }], outputs: [{ name: "y", id: 2, ...huge }] };
    expect(openingCost(long).bytes).to.be.below(8_192);
    expect(whyNotOpenable(long)).to.equal(undefined);
  });
});
