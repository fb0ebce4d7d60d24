import { readFileSync } from "node:fs";
import { expect } from "chai";
import { measureGas, type GasFigures } from "../../../checks/bench/gas.ts";

describe("gas snapshot", () => {
  it("holds what is measured: npm run bench -- --gas --write stores new figures", async function () {
    this.timeout(300_000);
    const stored = JSON.parse(readFileSync(new URL("../../../checks/bench/gas.json", import.meta.url), "utf8")) as GasFigures;
    expect(await measureGas()).to.deep.equal(stored);
  });
});
