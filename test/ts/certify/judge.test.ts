import { expect } from "chai";
import { Interface, ZeroHash } from "ethers";
import { network } from "hardhat";
import { openHardhatJudge } from "../../../oracle/certify/hardhatJudge.ts";
import { fitsTransaction, transactionGas } from "../../../oracle/certify/judge.ts";
import { commitRun } from "../../../oracle/certify/certify.ts";
import { Prover } from "../../../oracle/core/dispute/proof.ts";
import { twin } from "../../../oracle/core/ops/index.ts";
import { compile } from "../../../oracle/core/program/compile.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { readModel } from "../../../models/digits.ts";

describe("gas of a transaction", () => {
  it("is the dearer of execution and the floor of calldata", () => {
    expect(transactionGas(new Uint8Array(0), 1000)).to.equal(22_000);
    expect(transactionGas(Uint8Array.of(0, 0, 7), 1000)).to.equal(21_000 + 8 + 16 + 1000);
    expect(transactionGas(new Uint8Array(1000).fill(1), 0)).to.equal(21_000 + 40_000);
  });

  it("has a limit, and its calldata another", () => {
    expect(fitsTransaction(new Uint8Array(100), 2 ** 24)).to.equal(true);
    expect(fitsTransaction(new Uint8Array(100), 2 ** 24 + 1)).to.equal(false);
    expect(fitsTransaction(new Uint8Array(128 * 1024), 1000)).to.equal(false);
  });

  it("is what a transaction on a chain pays", async () => {
    const judge = await openHardhatJudge();
    const { ethers } = await network.create();
    const names = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"];
    const families = await Promise.all(names.map(async (name) => (await ethers.deployContract(name)).getAddress()));
    const verifier = await ethers.deployContract("OpVerifier", [families]);
    const compiled = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const prover = new Prover(compiled.program, await commitRun(compiled, ortRuntime, 1));
    const [signer] = await ethers.getSigners();
    for (const index of compiled.program.nodes.keys()) {
      const { proof, admissible } = prover.prove(twin, index, 3);
      const verdict = await judge.judge(prover.programRoot, prover.traceRoot, proof);
      expect(verdict.convicts).to.equal(!admissible);
      expect(verdict.fits).to.equal(true);
      const data = verifier.interface.encodeFunctionData("convicts", [prover.programRoot, prover.traceRoot, ZeroHash, proof]);
      const sent = await signer.sendTransaction({ to: await verifier.getAddress(), data, gasLimit: 2 ** 24 });
      expect(verdict.gas).to.equal(Number((await sent.wait())!.gasUsed));
    }
    await judge.close();
  });

  it("comes with the reason where the contracts revert", async () => {
    const judge = await openHardhatJudge();
    const compiled = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    const prover = new Prover(compiled.program, await commitRun(compiled, ortRuntime, 1));
    const { proof } = prover.prove(twin, 0, 3);
    const foreign = `0x${"11".repeat(32)}`;
    const selector = new Interface(["error NotInProgram(bytes32,bytes32)"]).getError("NotInProgram")!.selector;
    const verdict = await judge.judge(foreign, prover.traceRoot, proof);
    expect(verdict.convicts).to.equal(undefined);
    expect(verdict.revert).to.match(new RegExp(`^reverted with ${selector}`));
    await judge.close();
  });
});
