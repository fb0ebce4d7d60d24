import { expect } from "chai";
import { AbiCoder, hexlify, keccak256, toUtf8Bytes, ZeroHash } from "ethers";
import { network } from "hardhat";
import { OPG, by, deployForTests, follow, mined, publish, type Job } from "../../support/protocol.ts";

const text = (letters: string): string => hexlify(toUtf8Bytes(letters));
const LIE = text("abxyz");
const PROOF = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes"], [2, LIE]);

describe("attacks by reorganisation", () => {
  const setUp = async () => {
    const connection = await network.create();
    const protocol = await deployForTests(connection);
    const { jobs, stakes, game, signers } = protocol;
    const [, operator, requester, watcher, rival] = signers;
    const { version } = await publish(protocol);
    await by(stakes, operator).bond(await jobs.getAddress(), 1_000n * OPG);
    await by(jobs, requester).deposit(requester.address, 100n * OPG);
    for (const party of [watcher, rival]) await by(game, party).deposit(party.address, 1_000n * OPG);
    const request = async (input: string): Promise<Job> => {
      const now = await connection.networkHelpers.time.latest();
      const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: now + 600 };
      return follow(protocol, await mined(by(jobs, requester).request(terms, input)));
    };
    return { ...connection.networkHelpers, ...protocol, connection, operator, requester, watcher, rival, request, protocol };
  };
  let world: Awaited<ReturnType<typeof setUp>>;
  before(async () => (world = await setUp()));

  /**
   * A requester that can reorder blocks lets an operator answer one input and puts another in its place, under the same
   * id: an answer names the whole job, so it does not fit the other, and the operator has claimed nothing.
   */
  it("attack: another job under the same id", async () => {
    const { takeSnapshot, request, jobs, stakes, operator } = world;
    const before = await takeSnapshot();
    const first = await request(text("a"));
    await before.restore();
    const second = await request(text("b"));
    expect(second.id).to.equal(first.id);
    await expect(by(jobs, operator).submit(first, text("e"))).to.be.revertedWithCustomError(jobs, "JobMismatch").withArgs(first.id);
    expect(await jobs.lockedOf(operator.address)).to.equal(0n);
    expect((await stakes.bondOf(operator.address, await jobs.getAddress())).bonded).to.equal(1_000n * OPG);
    await before.restore();
  });

  /**
   * A liar has the blocks of its dispute undone, one step after the other. Every step can be taken again, by the same
   * transactions, and the verdict and the money are the same as if nothing had happened.
   */
  it("attack: undoing a challenge, an opening and a conviction", async () => {
    const { takeSnapshot, mine, protocol, request, jobs, stakes, game, operator, watcher } = world;
    let job = await request(text("a"));
    job = follow(protocol, await mined(by(jobs, operator).submit(job, text("z"))), job);
    const salt = keccak256("0x01");
    const steps: (() => Promise<unknown>)[] = [
      () => mined(by(game, watcher).challenge(job)),
      () => mined(by(game, operator).open(job, LIE, "")),
      async () => mined(by(game, watcher).commit(await game.commitmentOf(job.id, watcher.address, keccak256(PROOF), salt))),
      () => mined(by(game, watcher).convict(job, PROOF, salt)),
    ];
    const wealth = async () => [
      await game.balanceOf(watcher.address),
      (await stakes.bondOf(operator.address, await jobs.getAddress())).bonded,
      await stakes.burnable(),
      (await game.disputeOf(job.id)).status,
      (await game.disputeOf(job.id)).beneficiary,
    ];
    const start = await takeSnapshot();
    for (const step of steps) await step();
    const outcome = await wealth();
    expect(outcome.slice(1, 3)).to.deep.equal([900n * OPG, 40n * OPG]);
    expect(outcome[4]).to.equal(watcher.address);
    await start.restore();
    for (const step of steps) {
      const before = await takeSnapshot();
      await step();
      await before.restore();
      await mine(2);
      await step();
    }
    expect(await wealth()).to.deep.equal(outcome);
    await start.restore();
  });

  /**
   * A thief learns a proof from a block that is undone, and commits to it in the block that takes its place: the
   * prover's own commitment comes back no later than the thief's proof, and was made to count from its block on.
   */
  it("attack: a proof read in an undone block", async () => {
    const { takeSnapshot, mine, protocol, request, jobs, game, operator, watcher, rival } = world;
    let job = await request(text("a"));
    job = follow(protocol, await mined(by(jobs, operator).submit(job, text("z"))), job);
    await mined(by(game, watcher).challenge(job));
    await mined(by(game, operator).open(job, LIE, ""));
    const salt = keccak256("0x02");
    await mined(by(game, watcher).commit(await game.commitmentOf(job.id, watcher.address, keccak256(PROOF), salt)));
    const committed = await takeSnapshot();
    await mined(by(game, watcher).convict(job, PROOF, salt));
    await committed.restore();
    await mined(by(game, rival).commit(await game.commitmentOf(job.id, rival.address, keccak256(PROOF), salt)));
    await mine(1);
    await mined(by(game, rival).convict(job, PROOF, salt));
    expect((await game.disputeOf(job.id)).beneficiary).to.equal(rival.address);
    await mined(by(game, watcher).convict(job, PROOF, salt));
    expect((await game.disputeOf(job.id)).beneficiary).to.equal(watcher.address);
    await expect(by(game, rival).convict(job, PROOF, salt)).to.be.revertedWithCustomError(game, "NoPriority");
    expect(ZeroHash).to.not.equal((await game.disputeOf(job.id)).traceRoot);
  });
});
