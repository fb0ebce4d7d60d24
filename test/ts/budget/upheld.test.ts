import { expect } from "chai";
import { keccak256, toBeHex, zeroPadValue } from "ethers";
import { network } from "hardhat";
import { TRANSACTION_GAS, transactionFits } from "../../../core/dispute/budget.ts";
import { commitTrace, constantTrees, traceTrees } from "../../../core/dispute/evidence.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { deployProtocol, readParameters } from "../../../scripts/deploy.ts";
import { graphModel } from "../../support/graph.ts";
import { openedDispute } from "../../support/openedDispute.ts";
import { OPG, by, deployForTests, mined, publish } from "../../support/protocol.ts";

/** A lie that used to be upheld and paid: `convict` took more gas than a transaction may have. */
describe("a lie in a QLinearConv of one channel and 20,000 taps, every second place", function () {
  this.timeout(300_000);

  it("costs the operator its bond, from the request to the verdict", async () => {
    const taps = 20_000;
    const spec = (name: string, dims: readonly number[], dtype: DType) => ({ name, dtype, dims });
    const scale = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
    const file = graphModel({
      inputs: [spec("x", [1, 1, 2 * taps + 3], DType.uint8)],
      constants: [
        { ...spec("xs", [], DType.float32), raw: scale(0.01) },
        { ...spec("xz", [], DType.uint8), raw: Uint8Array.of(128) },
        { ...spec("w", [1, 1, taps], DType.uint8), raw: Uint8Array.from({ length: taps }, (_, i) => (i * 31) & 255) },
        { ...spec("ws", [], DType.float32), raw: scale(0.01) },
        { ...spec("wz", [], DType.uint8), raw: Uint8Array.of(128) },
        { ...spec("ys", [], DType.float32), raw: scale(1) },
        { ...spec("yz", [], DType.uint8), raw: Uint8Array.of(128) },
      ],
      nodes: [["QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"], "y", { dilations: [2] }]],
      outputs: [spec("y", [1, 1, 5], DType.uint8)],
    });
    const model = await compile(file, { runtime: ortRuntime });
    const input = Uint8Array.from({ length: 2 * taps + 3 }, (_, i) => (i * 7919) & 255);
    const tracer = await model.open(ortRuntime);
    const trace = (await tracer.run([input])).map((values) => Uint8Array.from(values));
    await tracer.release();
    trace[1][2] ^= 0x11;

    const connection = await network.create();
    const { verifier } = await deployProtocol(connection, readParameters("local"));
    const protocol = await deployForTests(connection, { verifier });
    const { game, jobs, signers } = protocol;
    const [, operator, , watcher] = signers;
    const { version } = await publish(protocol, { programRoot: model.root });
    const trees = commitTrace(model.program, trace);
    const job = await openedDispute(protocol, { version, program: model.program, trees, output: trace[1] });

    const prover = new Prover(model.program, traceTrees(trees, constantTrees(model.program, (node, i) => model.constant(node, i))));
    const { pieces, proof, admissible } = prover.provePieces(twin, 0, 2);
    expect(admissible).to.equal(false);
    const salt = zeroPadValue(toBeHex(7), 32);
    await mined(by(game, watcher).commit(await game.commitmentOf(job.id, watcher.address, keccak256(proof), salt)));
    const gasLimit = TRANSACTION_GAS;
    for (const { until, proof: piece } of pieces) await mined(by(game, watcher).advance(job, until, piece, { gasLimit }));
    const receipt = await mined(by(game, watcher).convict(job, proof, salt, { gasLimit }));
    expect(transactionFits((proof.length - 2) / 2, Number(receipt.gasUsed))).to.equal(true);
    expect(await jobs.statusOf(job.id)).to.equal(10n);
    expect(await jobs.lockedOf(operator.address)).to.equal(0n);
    expect((await game.disputeOf(job.id)).beneficiary).to.equal(watcher.address);
    expect(await game.rewardOf(job)).to.equal(40n * OPG);
  });
});
