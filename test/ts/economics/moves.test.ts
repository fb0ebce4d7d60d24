import { expect } from "chai";
import { measureMoves } from "../../../checks/economics/measure.ts";
import { expectUnchanged } from "../../support/snapshot.ts";

describe("gas of the moves that docs/economics.md prices", () => {
  it("is what was stored; an opening grows with its bytes, and hardly with the number of tensors", async function () {
    this.timeout(300_000);
    const gas = await measureMoves();
    expectUnchanged("gas-moves", gas, 500);
    expect(gas.openTensors).to.be.at.most(250_000);
    // What tensors and bytes take foretells the largest opening.
    const foretold = gas.openTensors + gas.openBytes - gas.openSmall;
    expect(foretold / gas.openLargest).to.be.within(0.95, 1.1);
    // No move of an honest party outgrows a transaction (EIP-7825).
    expect(Math.max(...Object.values(gas))).to.be.below(2 ** 24);
  });
});
