import { expect } from "chai";
import { hexlify, keccak256, toBeHex, zeroPadValue, type Contract } from "ethers";
import { network } from "hardhat";
import { encodeDemand, encodeReveal, placeName, type Place } from "../../../core/dispute/places.ts";
import { encodeTraceOpening, Prover } from "../../../core/dispute/proof.ts";
import { treeDepth, type TensorTree } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { isRooted, jobOutput } from "../../../core/program/jobOutput.ts";
import { outputOf } from "../../../oracle/host/versions.ts";
import { deployProtocol, readParameters } from "../../../scripts/deploy.ts";
import { treesOf, type Trace, type World } from "../../support/disputes.ts";
import { openedDispute } from "../../support/openedDispute.ts";
import { OPG, by, deployForTests, follow, mined, publish, type Job, type Protocol } from "../../support/protocol.ts";
import { openSpread, playSpread } from "../../support/spread.ts";

/** The run with one number of the output moved. */
function lying({ program }: World, honest: Trace, element: number): Trace {
  const { id } = program.outputs[0];
  const bent = Uint8Array.from(honest[id]);
  new Float32Array(bent.buffer)[element] += 1;
  return honest.map((bytes, i) => (i === id ? bent : bytes));
}

const proverOf = ({ program, constant }: World, trees: readonly TensorTree[]) => new Prover(program, { computed: (id) => trees[id], constant });

describe("a dispute about an output that was submitted by its roots", function () {
  this.timeout(300_000);
  const SIZE = 40_000;
  const ELEMENT = 31_415;
  let world: World;
  let honest: Trace;
  let protocol: Protocol;
  let version: string;
  let verifier: Contract;
  let pass: (seconds: number) => Promise<unknown>;

  before(async () => {
    ({ world, honest } = await openSpread(SIZE));
    const connection = await network.create();
    const { verifier: address } = await deployProtocol(connection, readParameters("local"));
    verifier = await connection.ethers.getContractAt("OpVerifier", address);
    protocol = await deployForTests(connection, { verifier: address });
    ({ version } = await publish(protocol, { programRoot: world.model.root }));
    pass = async (seconds) => {
      await connection.provider.request({ method: "evm_increaseTime", params: [seconds] });
      await connection.provider.request({ method: "evm_mine" });
    };
  });

  const opened = (trace: Trace): Promise<Job> =>
    openedDispute(protocol, { version, program: world.program, trees: treesOf(world, trace), output: jobOutput(world.program, outputOf(world.program, trace)) });

  it("upholds the honest one, whose opening shows no more than the root", async () => {
    expect(isRooted(world.program)).to.equal(true);
    const job = await opened(honest);
    const { end } = await playSpread(world, honest, honest, false);
    expect(end.kind).to.equal("honest");
    await pass(2_000);
    await mined(protocol.game.resolve(job));
    expect(await protocol.jobs.statusOf(job.id)).to.equal(5n);
  });

  async function convictsLie(serves: boolean): Promise<void> {
    const { game, jobs, signers } = protocol;
    const watcher = signers[3];
    const claimed = lying(world, honest, ELEMENT);
    const job = await opened(claimed);
    const { end, rounds } = await playSpread(world, honest, claimed, serves);
    if (end.kind !== "convict") throw new Error("the lie was not found");
    expect(end.element).to.equal(ELEMENT);
    expect(rounds).to.equal(serves ? 0 : 3);
    const { proof, admissible } = proverOf(world, treesOf(world, claimed)).prove(twin, end.node, end.element);
    expect(admissible).to.equal(false);
    const salt = zeroPadValue(toBeHex(7), 32);
    await mined(by(game, watcher).commit(await game.commitmentOf(job.id, watcher.address, keccak256(proof), salt)));
    await mined(by(game, watcher).convict(job, proof, salt));
    expect(await jobs.statusOf(job.id)).to.equal(10n);
    expect(await game.rewardOf(job)).to.equal(40n * OPG);
  }

  it("attack: a lie behind a root, served", () => convictsLie(true));

  it("attack: a lie behind a root, withheld", () => convictsLie(false));

  it("attack: a demanded value of an output that is not shown", async () => {
    const { game, jobs, signers } = protocol;
    const [, operator, , watcher] = signers;
    const { program } = world;
    const { id } = program.outputs[0];
    const depth = treeDepth(program.outputs[0]);
    const place: Place = { tensor: id, level: depth, index: 17 };
    const item = placeName(place, depth);
    const shown = await opened(honest);
    await mined(by(game, watcher).demand(shown, encodeDemand(program, [place])));
    await mined(by(game, operator).reveal(shown.id, encodeReveal(treesOf(world, honest), [place])));
    const silent = await opened(honest);
    await mined(by(game, watcher).demand(silent, encodeDemand(program, [place])));
    await pass(Number(await game.revealPeriod()) + 1);
    await expect(game.silence(shown, item)).to.be.revertedWithCustomError(game, "NotDemanded");
    await mined(game.silence(silent, item));
    expect(await jobs.statusOf(silent.id)).to.equal(10n);
    expect(await jobs.statusOf(shown.id)).to.equal(4n);
  });

  it("attack: an output in the other form", async () => {
    const { game, jobs, signers } = protocol;
    const [, operator, requester, watcher] = signers;
    const { world: short, honest: trace } = await openSpread(8_192);
    expect(isRooted(short.program)).to.equal(false);
    const { version: named } = await publish(protocol, { programRoot: short.model.root });
    const { timestamp } = (await requester.provider!.getBlock("latest"))!;
    const terms = { version: named, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: timestamp + 600 };
    const asked = follow(protocol, await mined(by(jobs, requester).request(terms, hexlify(trace[0]))));
    const trees = treesOf(short, trace);
    const { id } = short.program.outputs[0];
    const job = follow(protocol, await mined(by(jobs, operator).submitByRoots(asked, [trees[id].root], "")), asked);
    await mined(by(game, watcher).challenge(job));
    const roots = trees.map(({ root }) => root);
    for (const output of [Buffer.from(trees[id].root.slice(2), "hex"), trace[id]]) {
      const refused = output.length === 32 ? "ByteLength" : "CommitmentMismatch";
      await expect(by(game, operator).open(job, encodeTraceOpening(short.program, roots, trace[0], output), "")).to.be.revertedWithCustomError(verifier, refused);
    }
    await pass(Number(await game.openPeriod()) + 1);
    await mined(game.timeout(job));
    expect(await jobs.statusOf(job.id)).to.equal(10n);
  });
});
