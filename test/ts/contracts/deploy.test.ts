import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { artifacts, network } from "hardhat";
import { EXPORTED, abiFile, abiOf, builtContracts, builtRelease, contractsFile, contractsWith, readContracts, readReleases, releasesWith, verifiersFile } from "../../../scripts/export-abi.ts";
import { FAMILIES } from "../../../core/program/families.ts";
import { Parameters, assertDeployment, deployProtocol, readParameters } from "../../../scripts/deploy.ts";
import { OPG, deployForTests } from "../../support/protocol.ts";

const root = join(import.meta.dirname, "../../..");

/** What a promise fails with. */
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing failed",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe("deployment", () => {
  it("re-reads every parameter from the chain and names all that differ", async () => {
    const connection = await network.create();
    const { deployment, parameters, opg, signers } = await deployForTests(connection);
    expect(await opg.totalSupply()).to.equal(1_000_000_000n * OPG);
    expect(await opg.balanceOf(signers[0].address)).to.equal((1_000_000_000n - 7_000_000n) * OPG);

    await assertDeployment(connection, deployment, parameters);
    const other = { ...parameters, challengeFee: 1n, maxWindow: 2n };
    expect(await failure(assertDeployment(connection, { ...deployment, models: deployment.opg }, other))).to.match(
      new RegExp(`models is [^]*challengeFee is ${parameters.challengeFee}, not 1\n[^]*maxWindow is ${parameters.maxWindow}, not 2`),
    );
  });

  it("deploys the real verifier with a family for every opcode", async () => {
    const connection = await network.create();
    const deployment = await deployProtocol(connection, readParameters("local"));
    const verifier = await connection.ethers.getContractAt("OpVerifier", deployment.verifier);
    const families = await Promise.all(FAMILIES.map((_, i) => verifier.familyOf(((i + 1) << 8) + 1) as Promise<string>));
    for (const [i, at] of families.entries()) {
      const { deployedBytecode } = await artifacts.readArtifact(FAMILIES[i]);
      expect((await connection.ethers.provider.getCode(at)).length, FAMILIES[i]).to.equal(deployedBytecode.length);
    }
    expect(new Set(families).size).to.equal(FAMILIES.length);

    const stranger = await (await connection.ethers.deployContract("AlphabetVerifier")).getAddress();
    const said = await failure(assertDeployment(connection, { ...deployment, verifier: stranger }, readParameters("local")));
    expect(said).to.include(`${stranger} is not of a release`);
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
    expect(await failure(deployForTests(await network.create(), { exitDelay: 4800n }))).to.match(/ParameterOutOfRange/);
    expect(await failure(deployForTests(await network.create(), { rewardBps: 5000n }))).to.match(/ParameterOutOfRange/);
  });

  it("without a network is refused by the command, and writes nothing", () => {
    const before = existsSync(join(root, "deployments")) ? readdirSync(join(root, "deployments")) : [];
    const { status, stderr } = spawnSync(join(root, "node_modules", ".bin", "hardhat"), ["run", "--no-compile", "scripts/deploy.ts"], { cwd: root, encoding: "utf8" });
    expect(status).to.equal(2);
    expect(stderr).to.match(/^deploy: no network was named.*\nfix: npm run deploy -- --network NAME.*local, sepolia/);
    expect(existsSync(join(root, "deployments")) ? readdirSync(join(root, "deployments")) : []).to.deep.equal(before);
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
    expect(readdirSync(join(root, "contracts", "abi"))).to.have.members(Object.keys(EXPORTED).concat("verifiers", "contracts").map((n) => `${n}.json`));
  });

  it("the committed code hashes are current (npm run abi), and earlier releases stay", () => {
    expect(readFileSync(contractsFile, "utf8")).to.equal(contractsWith(builtContracts(), readContracts()));
    expect(readFileSync(verifiersFile, "utf8")).to.equal(releasesWith(builtRelease(), readReleases()));
    expect(readReleases().at(-1)).to.deep.equal(builtRelease());
    const before = [{ ...builtRelease(), release: "0.0.1" }, { ...builtRelease(), families: [] }];
    const after = JSON.parse(releasesWith(builtRelease(), before)) as unknown;
    expect(after).to.deep.equal([before[0], builtRelease()]);
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
