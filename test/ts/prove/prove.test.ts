import { expect } from "chai";
import { readSource } from "../../../checks/instrument/compile.ts";
import { models, type Equation } from "../../../checks/prove/model.ts";
import { prove } from "../../../checks/prove/solver.ts";
import { subjects } from "../../../checks/prove/subjects.ts";

/** The model of one function and one equation, after a change to its contract. */
function modelOf(contract: string, name: string, equation: string, [from, to] = ["", ""], change: Partial<Equation> = {}): string {
  const subject = subjects.find((s) => s.name === contract)!;
  const source = readSource(subject.sources[0]);
  if (!source.includes(from)) throw new Error(`not found: ${from}`);
  const overlay = new Map([[subject.sources[0], source.replace(from, to)]]);
  return models(subject, { ...subject.equations[equation], ...change }, overlay).get(name)!;
}

describe("proof of the accounting", function () {
  this.timeout(300_000);

  it("proves a slash, and not one that forgets the total", () => {
    expect(prove(modelOf("StakeRegistry", "slash", "S2"))).to.equal("proved");
    const forgetful = modelOf("StakeRegistry", "slash", "S2", ["totalBonded -= uint96(taken);\n        burnable", "burnable"]);
    expect(prove(forgetful, 8)).not.to.equal("proved");
  });

  it("proves nothing of what is never reached: a step's end is", () => {
    expect(prove(modelOf("StakeRegistry", "burn", "S1", undefined, { holds: "false" }))).to.equal("refuted");
  });

  it("refuses a source in which a text that it replaces is gone", () => {
    expect(() => modelOf("JobRegistry", "hold", "J1", ["delete _jobs[job.id];", "_jobs[job.id] = 0;"])).to.throw("0 times instead of once");
  });
});
