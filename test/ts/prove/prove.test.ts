import { expect } from "chai";
import { readSource } from "../../../scripts/instrument/compile.ts";
import { models } from "../../../scripts/prove/model.ts";
import { prove, type Answer } from "../../../scripts/prove/solver.ts";
import { subjects } from "../../../scripts/prove/subjects.ts";

/** The answer for a function after a change to its contract. */
function answer(contract: string, name: string, equation: string, from = "", to = ""): Answer {
  const subject = subjects.find((s) => s.name === contract)!;
  const source = readSource(subject.sources[0]);
  if (!source.includes(from)) throw new Error(`not found: ${from}`);
  const overlay = new Map([[subject.sources[0], source.replace(from, to)]]);
  return prove(models(subject, subject.equations[equation], overlay).get(name)!, 45);
}

describe("proof of the accounting", function () {
  this.timeout(300_000);

  it("proves a slash, and not one that forgets the total", () => {
    expect(answer("StakeRegistry", "slash", "S2")).to.equal("proved");
    expect(answer("StakeRegistry", "slash", "S2", "totalBonded -= uint96(amount);\n        burnable", "burnable")).not.to.equal("proved");
  });

  it("proves a withdrawal of balance, and not one that debits nothing", () => {
    expect(answer("JobRegistry", "withdraw", "J1")).to.equal("proved");
    expect(answer("JobRegistry", "withdraw", "J1", "uint96(balance - amount)", "uint96(balance)")).not.to.equal("proved");
  });

  it("refuses a source in which a text that it replaces is gone", () => {
    expect(() => answer("JobRegistry", "hold", "J1", "delete _jobs[job.id];", "_jobs[job.id] = 0;")).to.throw("0 times instead of once");
  });
});
