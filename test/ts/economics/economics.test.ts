import { expect } from "chai";
import { assess, DEFAULTS, documentParts, NETWORKS } from "../../../checks/economics/economics.ts";
import { holds } from "../../../checks/economics/claims.ts";
import { readConstants, type Constants } from "../../../checks/economics/constants.ts";
import { filled, readDocument } from "../../../checks/economics/document.ts";
import { scenarios } from "../../../checks/economics/scenarios.ts";
import { Random } from "../../support/random.ts";

const broken = (c: Constants): string[] => assess("changed", c, DEFAULTS).claims.filter((claim) => !holds(claim)).map(({ id }) => id);

describe("docs/economics.md", () => {
  it("holds what is computed: npm run economics -- --write renews its tables", async () => {
    const text = readDocument();
    expect(filled(text, await documentParts())).to.equal(text);
    expect(() => filled("no marks", { claims: "" })).to.throw('lacks the marks of "claims"');
  });

  for (const network of NETWORKS) {
    it(`claims nothing that ignition/parameters/${network}.json does not keep`, async () => {
      const report = assess(network, await readConstants(network), DEFAULTS);
      expect(report.claims.filter((claim) => !holds(claim))).to.deep.equal([]);
      // Of every price that a claim is said to hold up to, it holds a little below and not a little above.
      for (const { id, upTo } of report.claims) {
        if (upTo === undefined) continue;
        const at = (opgPerMgas: number) => assess(network, report.setting.c, { ...DEFAULTS, opgPerMgas }).claims.find((claim) => claim.id === id)!;
        expect(holds(at(upTo * 0.999)), `${id} below ${upTo}`).to.equal(true);
        expect(holds(at(upTo * 1.001)), `${id} above ${upTo}`).to.equal(false);
      }
    });
  }

  it("finds a parameter that breaks a claim", async () => {
    const c = await readConstants("sepolia");
    expect(broken(c)).to.deep.equal([]);
    expect(broken({ ...c, challengeFee: c.challengeFee / 6n })).to.deep.equal(["open"]);
    expect(broken({ ...c, challengeFeeBps: 4n })).to.deep.equal(["bond-time"]);
    expect(broken({ ...c, demandFee: c.demandFee / 2n })).to.include("reveal");
    expect(broken({ ...c, compensationBps: 5_001n })).to.include("burn");
    expect(broken({ ...c, rewardBps: 5_000n, compensationBps: 0n })).to.include("reward");
    expect(broken({ ...c, demandDepositBps: 10n })).to.include.members(["blockade", "starve"]);
    expect(broken({ ...c, revealPeriod: 2n * c.revealPeriod })).to.include("rounds");
    expect(broken({ ...c, exitDelay: c.maxWindow + c.openPeriod + c.provePeriod })).to.deep.equal(["exit"]);
    expect(broken({ ...c, demandFee: 1n, demandDepositBps: 0n })).to.include("deposit");
    // A dispute of a year is not paid for by the fee.
    expect(broken({ ...c, openPeriod: 365n * 86_400n })).to.include("groundless-net");
    expect(broken({ ...c, challengeFee: 1n, challengeFeeBps: 0n })).to.include("groundless-stall");
  });

  it("creates and loses no OPG in any scenario", async () => {
    const c = await readConstants("local");
    const random = new Random(7);
    for (let i = 0; i < 50; ++i) {
      const bond = BigInt(random.u32()) * BigInt(random.u32());
      const report = assess("local", c, { ...DEFAULTS, bond, fee: bond / 7n });
      for (const { id, flows, burned } of scenarios(report.setting)) {
        expect(Object.values(flows).reduce((sum, { opg }) => sum + opg, burned), id).to.equal(0n);
      }
    }
  });
});
