import { expect } from "chai";
import { keccak256, hexlify, zeroPadValue, toBeHex } from "ethers";
import { network } from "hardhat";
import { readDigits, readModel } from "../../../models/digits.ts";
import { commitTrace, constantTrees, traceTrees } from "../../../core/dispute/evidence.ts";
import { Prover, encodeTraceOpening } from "../../../core/dispute/proof.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { deployProtocol, readParameters } from "../../../scripts/deploy.ts";
import { OPG, by, deployForTests, follow, mined, publish } from "../../support/protocol.ts";
import { expectUnchanged } from "../../support/snapshot.ts";

/** One wrong number in the largest Conv of the digits CNN, before the real verifier. Whole transactions. */
describe("gas of a dispute over the digits CNN", function () {
  it("challenge + open ≤ 200,000, with convict ≤ 600,000, the first dispute of all included", async () => {
    const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime, form: "source" });
    const { program } = model;
    const tracer = await model.open(ortRuntime);
    const [{ input }] = readDigits();
    const values = await tracer.run([input]);
    await tracer.release();

    // The Conv with most products per element; its middle element is inside the padding of no side.
    const convs = program.nodes.flatMap((node, i) => (node.opcode === 0x0101 ? [i] : []));
    const products = (i: number): number => program.nodes[i].inputs[1]!.dims.slice(1).reduce((a, b) => a * b, 1);
    const index = convs.reduce((a, b) => (products(b) > products(a) ? b : a));
    const node = program.nodes[index];
    if (node.output.source.kind !== "computed") throw new Error("a Conv computes");
    const { id } = node.output.source;
    const [, , height, width] = node.output.dims;
    const element = Math.floor(height / 2) * width + Math.floor(width / 2);
    const lie = values.map((v) => Uint8Array.from(v));
    lie[id][4 * element] ^= 1;
    const prover = new Prover(program, traceTrees(commitTrace(program, lie), constantTrees(program, (n, i) => model.constant(n, i))));
    const { proof, admissible } = prover.prove(twin, index, element);
    expect(admissible).to.equal(false);

    const connection = await network.create();
    const { verifier } = await deployProtocol(connection, readParameters("local"));
    const protocol = await deployForTests(connection, { verifier });
    const { jobs, stakes, game, signers } = protocol;
    const [, operator, requester, watcher] = signers;
    const { version } = await publish(protocol, { programRoot: model.root });
    await by(stakes, operator).bond(await jobs.getAddress(), 10_000n * OPG);
    await by(jobs, requester).deposit(requester.address, 1000n * OPG);
    await by(game, watcher).deposit(watcher.address, 1000n * OPG);
    const dispute = async () => {
      const now = await connection.networkHelpers.time.latest();
      const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: 600, deadline: now + 600 };
      let job = follow(protocol, await mined(by(jobs, requester).request(terms, hexlify(input))));
      const output = lie[program.outputs[0].id];
      expect(output.length).to.equal(byteLength(program.outputs[0]));
      job = follow(protocol, await mined(by(jobs, operator).submit(job, hexlify(output))), job);

      const challenged = await mined(by(game, watcher).challenge(job));
      const roots = lie.map((_, tensor) => prover.trees.computed(tensor).root);
      const opened = await mined(by(game, operator).open(job, encodeTraceOpening(program, roots, input, output), "https://operator.example/t"));
      const salt = zeroPadValue(toBeHex(7), 32);
      await by(game, watcher).commit(await game.commitmentOf(job.id, watcher.address, keccak256(proof), salt));
      const convicted = await mined(by(game, watcher).convict(job, proof, salt));
      expect(await jobs.statusOf(job.id)).to.equal(10n);

      const [challenge, open, convict] = [challenged, opened, convicted].map((r) => Number(r.gasUsed));
      return { tensors: program.tensorCount, products: products(index), challenge, open, convict, sum: challenge + open + convict };
    };
    // The first dispute of all, and one that finds the requester's credit non-zero.
    const first = await dispute();
    const steady = await dispute();
    expect(first.challenge + first.open).to.be.at.most(200_000);
    expect(first.sum).to.be.at.most(600_000);
    expectUnchanged("gas-dispute-first", first, 2_000);
    expectUnchanged("gas-dispute-steady", steady, 2_000);
  });
});
