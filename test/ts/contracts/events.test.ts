import { readFileSync } from "node:fs";
import { expect } from "chai";
import { CONTRACT_EVENTS, EVENTS_FILE, eventsOf, eventsPage } from "../../../checks/contractEvents.ts";

describe("the page of the contracts' events", () => {
  it("is what docs/contract-events.md says (npm run events)", () => {
    expect(readFileSync(EVENTS_FILE, "utf8")).to.equal(eventsPage());
  });

  it("has every event of every contract that holds OPG or models, and no other", () => {
    expect(Object.keys(CONTRACT_EVENTS)).to.deep.equal(["JobRegistry", "DisputeGame", "StakeRegistry", "ModelRegistry", "OPG"]);
    for (const [contract, says] of Object.entries(CONTRACT_EVENTS)) {
      expect(Object.keys(says), contract).to.have.members([...eventsOf(contract).keys()]);
    }
  });
});
