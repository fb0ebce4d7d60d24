import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { network } from "hardhat";
import { OPG, by, deployForTests, floats, follow, imageBytes, mined, publish } from "../../support/protocol.ts";
import { expectUnchanged } from "../../support/snapshot.ts";

const digits = JSON.parse(readFileSync(join(import.meta.dirname, "../../../models/digits-test/digits.json"), "utf8")) as {
  rows: [label: number, pixels: string][];
};
const pictures = digits.rows.map(([, pixels]) => [...Buffer.from(pixels, "base64")]);

/** Whole transactions, as a block explorer would show them: 21,000, calldata and refunds included. */
describe("gas of whole transactions", () => {
  it("request + submit + finalize with callback ≤ 165,000 in steady state", async () => {
    const connection = await network.create();
    const protocol = await deployForTests(connection);
    const { jobs, stakes, signers } = protocol;
    const { networkHelpers: helpers, ethers } = connection;
    const [, operator, caller] = signers;
    const { version } = await publish(protocol);
    const reader = await ethers.deployContract("DigitReader", [
      jobs,
      { version, operator: ethers.ZeroAddress, fee: OPG, bond: 100n * OPG, callbackGas: 100_000, window: 600, deadline: 3600 },
    ]);
    await jobs.deposit(await reader.getAddress(), 1000n * OPG);
    await by(stakes, operator).bond(await jobs.getAddress(), 10_000n * OPG);

    // Twice: the second run finds every balance non-zero.
    let gas = { request: 0, submit: 0, finalize: 0, sum: 0 };
    for (const pixels of pictures.slice(0, 2)) {
      const requested = await mined(by(reader, caller).classify(imageBytes(pixels)));
      const output = floats([-3.1, 0.25, 8.5, -1, 2, -7.75, 0.125, 3, -2.5, 1.0625].map((x) => x * 1.1));
      let job = follow(protocol, requested);
      const submitted = await mined(by(jobs, operator).submit(job, output));
      job = follow(protocol, submitted, job);
      await helpers.time.increase(600);
      const finalized = await mined(by(jobs, operator).finalize(job, output));
      expect(await jobs.statusOf(job.id)).to.equal(6n);
      expect(await reader.lastDigit()).to.equal(2n);
      const [request, submit, finalize] = [requested, submitted, finalized].map((r) => Number(r.gasUsed));
      gas = { request, submit, finalize, sum: request + submit + finalize };
    }
    expect(gas.sum).to.be.at.most(165_000);
    expectUnchanged("gas-job", gas);
  });

  it("challenge and convict, without the arithmetic, stay small", async () => {
    const connection = await network.create();
    const protocol = await deployForTests(connection);
    const { jobs, stakes, game, signers } = protocol;
    const [, operator, requester, watcher] = signers;
    const { version } = await publish(protocol);
    await by(stakes, operator).bond(await jobs.getAddress(), 10_000n * OPG);
    await by(jobs, requester).deposit(requester.address, 1000n * OPG);
    await by(game, watcher).deposit(watcher.address, 1000n * OPG);

    let gas = { challenge: 0, open: 0, convict: 0, collect: 0 };
    for (let i = 0; i < 2; ++i) {
      const now = await connection.networkHelpers.time.latest();
      let job = follow(
        protocol,
        await mined(
          by(jobs, requester).request(
            { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: now + 600 },
            "0x61",
          ),
        ),
      );
      job = follow(protocol, await mined(by(jobs, operator).submit(job, "0x65")), job);
      const challenge = await mined(by(game, watcher).challenge(job));
      const trace = "0x61626465"; // a b d e
      const open = await mined(by(game, operator).open(job, trace, ""));
      const proof = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes"], [2, trace]);
      await by(game, watcher).commit(await game.commitmentOf(job.id, watcher.address, keccak256(proof), version));
      const convict = await mined(by(game, watcher).convict(job, proof, version));
      await by(game, watcher).reclaim(job);
      await connection.networkHelpers.time.increase(300);
      const collect = await mined(by(game, watcher).collect(job));
      const figures = [challenge, open, convict, collect].map((r) => Number(r.gasUsed));
      gas = { challenge: figures[0], open: figures[1], convict: figures[2], collect: figures[3] };
    }
    expect(gas.challenge).to.be.at.most(100_000);
    expect(gas.challenge + gas.open).to.be.at.most(200_000);
    expectUnchanged("gas-dispute", gas);
  });
});
