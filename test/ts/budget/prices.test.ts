import { expect } from "chai";
import { OWN, showPrices } from "../../../checks/bench/prices.ts";
import { PRICES, WORK_PRICES } from "../../../core/dispute/budget.ts";

describe("the prices of the budget", function () {
  this.timeout(120_000);

  it("are all measured, and none is below what the contracts take", async () => {
    const lines: string[] = [];
    const holds = await showPrices((line) => void lines.push(line));
    expect(holds, lines.join("\n")).to.equal(true);
    const measured = lines.slice(1).map((line) => line.slice(2, 30).trim());
    expect([...new Set(measured)].sort()).to.deep.equal([...Object.keys(PRICES), ...Object.keys(WORK_PRICES), ...OWN].sort());
  });
});
