import { expect } from "chai";
import { measureWithheld } from "../../../checks/bench/withheld.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { compile } from "../../../core/compile/compile.ts";
import { Rule } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { expectUnchanged } from "../../support/snapshot.ts";

/** Every tensor withheld; one wrong number in any tensor that can be withheld. Whole transactions on the real contracts. */
describe("gas of a dispute over withheld tensors of the digits CNN", () => {
  it("takes at most 8 transactions and 2,500,000 gas, wherever the lie is", async () => {
    const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime, form: "source" });
    const { nodes } = model.program;
    const exact = [...nodes.keys()].filter((i) => nodes[i].rule !== Rule.bound && i < nodes.length - 1);
    expect(exact.length).to.be.greaterThan(5);
    const disputes = await measureWithheld(model, [readDigits()[3].input], exact);
    for (const { node, transactions, gas } of disputes) {
      expect(transactions, node).to.be.at.most(8);
      expect(gas.total, node).to.be.at.most(2_500_000);
    }
    const worst = disputes.reduce((a, b) => (b.gas.total > a.gas.total ? b : a));
    const { leaves, depth, rounds, transactions, gas } = worst;
    expectUnchanged("gas-withheld", { leaves, depth, rounds, transactions, ...gas }, 3_000);
  });
});
