import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { artifacts, network } from "hardhat";
import { EXPORTED, abiFile, abiOf } from "../../../scripts/export-abi.ts";
import { Parameters, assertDeployment, readParameters } from "../../../scripts/deploy.ts";
import { OPG, deployForTests } from "../../support/protocol.ts";

const root = join(import.meta.dirname, "../../..");

describe("deployment", () => {
  it("re-reads every parameter from the chain and names all that differ", async () => {
    const connection = await network.create();
    const { deployment, parameters, opg, signers } = await deployForTests(connection);
    expect(await opg.totalSupply()).to.equal(1_000_000_000n * OPG);
    expect(await opg.balanceOf(signers[0].address)).to.equal((1_000_000_000n - 7_000_000n) * OPG);

    await assertDeployment(connection, deployment, parameters);
    const other = { ...parameters, challengeFee: 1n, maxWindow: 2n };
    await expect(assertDeployment(connection, { ...deployment, verifier: deployment.opg }, other)).to.be.rejectedWith(
      /verifier is .*\n.*challengeFee is 10000000000000000000, not 1\n.*maxWindow is 3600, not 2/,
    );
  });

  it("every network's parameters are within the constructors' ranges", async () => {
    for (const file of readdirSync(join(root, "ignition/parameters"))) {
      const parameters = readParameters(file.replace(".json", ""));
      const connection = await network.create();
      const { deployment } = await deployForTests(connection, parameters);
      expect(deployment.chainId, file).to.equal(31337);
    }
  });

  it("a parameter out of range stops the deployment", async () => {
    // The exit delay must be longer than window and dispute together.
    await expect(deployForTests(await network.create(), { exitDelay: 4800n })).to.be.rejectedWith(/ParameterOutOfRange/);
    await expect(deployForTests(await network.create(), { rewardBps: 5000n })).to.be.rejectedWith(/ParameterOutOfRange/);
  });

  it("a parameter file with a fault is refused with its name", () => {
    const good = JSON.parse(readFileSync(join(root, "ignition/parameters/local.json"), "utf8")) as Record<string, unknown>;
    expect(() => Parameters.parse({ ...good, exitDelay: "soon" })).to.throw(/exitDelay/);
    expect(() => Parameters.parse({ ...good, openPeriods: "1" })).to.throw(/openPeriods/);
    expect(() => Parameters.parse({ ...good, opg: "0x12" })).to.throw(/an address/);
  });
});

describe("surface of the contracts", () => {
  it("the committed ABIs are current (npm run abi)", () => {
    for (const name of Object.keys(EXPORTED)) expect(readFileSync(abiFile(name), "utf8"), name).to.equal(abiOf(name));
    expect(readdirSync(join(root, "abi"))).to.have.members(Object.keys(EXPORTED).map((n) => `${n}.json`));
  });

  it("every contract fits in 24,576 bytes", async () => {
    const deployed = [...(await artifacts.getAllFullyQualifiedNames())].filter(
      (n) => n.startsWith("contracts/") && !n.startsWith("contracts/mocks/"),
    );
    expect(deployed.length).to.be.greaterThan(10);
    for (const name of deployed) {
      const { deployedBytecode } = await artifacts.readArtifact(name);
      expect((deployedBytecode.length - 2) / 2, name).to.be.at.most(24_576);
    }
  });
});
