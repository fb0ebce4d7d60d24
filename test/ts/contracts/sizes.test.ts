import { expect } from "chai";
import { dataLength } from "ethers";
import { artifacts } from "hardhat";
import { FAMILIES } from "../../../core/program/families.ts";

const KIB = 1024;

describe("the size of a family's code", () => {
  for (const name of FAMILIES)
    it(`${name}: below 18 KiB of the 24 that a contract may have, so that operators have room`, async () => {
      const { deployedBytecode } = await artifacts.readArtifact(name);
      const bytes = dataLength(deployedBytecode);
      if (process.env.OPG_FIGURES === "1") console.log(`${name}: ${bytes} bytes`);
      expect(bytes).to.be.greaterThan(0).and.lessThan(18 * KIB);
    });
});
