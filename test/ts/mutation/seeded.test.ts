import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../../checks/instrument/compile.ts";
import { BUGS } from "../../../checks/seeded/bugs.ts";
import { buildSuite, hunt, planted } from "../../../checks/seeded/campaign.ts";
import { checkOf, readChecks } from "../../../checks/seeded/checks.ts";
import { faults, titleOf, type Verdict } from "../../../checks/seeded/verdict.ts";

const checks = readChecks();

describe("seeded bugs", () => {
  it("each has a name of its own and changes a text that occurs once", () => {
    expect(new Set(BUGS.map(titleOf)).size).to.equal(BUGS.length);
    for (const bug of BUGS) {
      expect(existsSync(join(root, bug.file)), bug.file).to.equal(true);
      expect(bug.replace[0], titleOf(bug)).not.to.equal(bug.replace[1]);
      expect(planted(bug), titleOf(bug)).to.include(bug.replace[1]);
    }
    const [bug] = BUGS;
    expect(() => planted({ ...bug, replace: ["no such text", ""] })).to.throw(/occurs 0 times/);
    expect(() => planted({ ...bug, replace: ["_bonds[msg.sender][jobs]", ""] })).to.throw(/occurs \d+ times/);
  });

  it("every bug names checks that there are, and every check is named", () => {
    const named = new Set(BUGS.flatMap((bug) => bug.caughtBy));
    for (const bug of BUGS) expect(bug.caughtBy, titleOf(bug)).not.to.be.empty;
    expect([...named].sort()).to.deep.equal([...checks].sort());
  });

  it("what a check said is told from what a call reverted with", () => {
    expect(checkOf('NotEqual("total bonded", 2, 1)', checks)).to.equal("total bonded");
    expect(checkOf('NotTrue("an honest move was refused: …")', checks)).to.equal("an honest move was refused");
    expect(checkOf("NotFinalYet(1, 2)", checks)).to.equal(undefined);
    expect(checkOf('NotTrue("total")', checks)).to.equal(undefined);
  });

  it("the invariants hold without a bug and name the check that notices one", async () => {
    const suite = buildSuite();
    const limits = { runs: 2, depth: 40, seed: 1 };
    expect(await hunt(suite, undefined, limits)).to.include({ reason: undefined, runs: 2 });
    for (const name of ["slash forgets to lower totalBonded", "withdrawBond leaves a wei behind"]) {
      const bug = BUGS.find((b) => b.name === name)!;
      const { reason } = await hunt(suite, bug, limits);
      expect(checkOf(reason ?? "", checks), name).to.be.oneOf([...bug.caughtBy]);
    }
  });

  it("finds fault with a bug not caught, or by another check, and with a check that notices nothing", () => {
    const [bug] = BUGS;
    const verdict = (by?: string): Verdict => ({ bug, reason: by, by, runs: 1, seconds: 1 });
    expect(faults([verdict("total bonded")], ["total bonded"], true)).to.deep.equal([]);
    expect(faults([verdict()], ["total bonded"], false)[0]).to.match(/^not caught in 1 runs/);
    expect(faults([verdict("held")], ["held"], true)[0]).to.match(/^caught otherwise than by total bonded/);
    expect(faults([verdict("total bonded")], ["total bonded", "held"], true)).to.deep.equal(["never the first to notice: held"]);
    expect(faults([verdict("total bonded")], ["total bonded", "held"], false)).to.deep.equal([]);
  });
});
