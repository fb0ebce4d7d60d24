import { expect } from "chai";
import { AbiCoder, id, keccak256, solidityPacked, ZeroHash } from "ethers";
import { network } from "hardhat";
import { inlineCommitment, type Job } from "../../support/protocol.ts";
import { INPUT, openStory, OUTPUT, REGISTRIES } from "../../support/registries.ts";

const coder = AbiCoder.defaultAbiCoder();
const proofOf = ({ id: jobId, version, input, terms, claim, output }: Job): string =>
  coder.encode(["uint256", "bytes32", "bytes32", "uint256", "uint256", "bytes32"], [jobId, version, input, terms, claim, output]);
const [IN, OUT] = [inlineCommitment(INPUT), inlineCommitment(OUTPUT)];

for (const open of REGISTRIES) {
  describe(`final results of a ${open === REGISTRIES[0] ? "JobRegistry" : "MockJobRegistry"}`, () => {
    async function openResults() {
      const connection = await network.create();
      const story = await openStory(connection, open);
      const { jobs, version } = story.registry;
      const { ethers } = connection;
      const verifier = await ethers.deployContract("OptimisticProofVerifier", [jobs]);
      const token = await ethers.deployContract("ResultToken", [jobs, version, "Results", "RES"]);
      const metadata = coder.encode(["bytes32"], [version]);
      const final = async (callbackGas = 0n): Promise<Job> => {
        const job = await story.move("submit", await story.request({ callbackGas }));
        await connection.networkHelpers.time.increase(60);
        await story.asStranger("finalize", job, OUTPUT);
        return job;
      };
      return { story, ethers, jobs, version, verifier, token, metadata, final, chainId: (await ethers.provider.getNetwork()).chainId };
    }

    it("are proved by their job alone, once they are final, and nothing else is", async () => {
      const { story, verifier, metadata, final } = await openResults();
      const asked = await story.request({ callbackGas: 0n });
      expect(await verifier.verify.staticCall(IN, ZeroHash, metadata, proofOf(asked))).to.equal(false);
      const submitted = await story.move("submit", asked);
      expect(await verifier.verify.staticCall(IN, OUT, metadata, proofOf(submitted))).to.equal(false);

      const job = await final();
      const proof = proofOf(job);
      const says = (input: string, output: string, data: string, shown: string) => verifier.verify.staticCall(input, output, data, shown);
      expect(await says(IN, OUT, metadata, proof)).to.equal(true);
      expect(await says(OUT, OUT, metadata, proof)).to.equal(false);
      expect(await says(IN, IN, metadata, proof)).to.equal(false);
      expect(await says(IN, OUT, coder.encode(["bytes32"], [id("another version")]), proof)).to.equal(false);
      expect(await says(IN, OUT, "0x", proof)).to.equal(false);
      for (const wrong of ["0x", proof.slice(0, -2), `${proof}00`, proofOf({ ...job, id: job.id + 7n }), proofOf({ ...job, claim: job.claim + 2n })]) expect(await says(IN, OUT, metadata, wrong)).to.equal(false);
    });

    it("that are convicted are never proved, and those that were delivered by a callback no longer", async () => {
      const { story, verifier, metadata, final } = await openResults();
      const wrong = await story.move("submit", await story.request({ callbackGas: 0n }));
      await story.move("challenge", wrong);
      await story.move("convict", wrong);
      expect(await verifier.verify.staticCall(IN, OUT, metadata, proofOf(wrong))).to.equal(false);
      expect(await verifier.verify.staticCall(IN, OUT, metadata, proofOf(await final(200_000n)))).to.equal(false);
      await story.consumer.setMood(1);
      expect(await verifier.verify.staticCall(IN, OUT, metadata, proofOf(await final(200_000n)))).to.equal(true);
    });

    it("name their proof system and their deployment", async () => {
      const { verifier, jobs, chainId } = await openResults();
      expect(await verifier.proofSystem()).to.equal("op/opengradient");
      const salt = keccak256(coder.encode(["uint256", "address"], [chainId, jobs.target]));
      expect(await verifier.proofProfile()).to.equal(keccak256(solidityPacked(["string", "bytes32"], ["op/opengradient", salt])));
      const selectors = ["verify(bytes32,bytes32,bytes,bytes)", "proofSystem()", "proofProfile()"].map((each) => BigInt(id(each).slice(0, 10)));
      const interfaceId = `0x${selectors.reduce((all, each) => all ^ each).toString(16).padStart(8, "0")}`;
      for (const [each, known] of [[interfaceId, true], ["0x01ffc9a7", true], ["0xffffffff", false]] as const) expect(await verifier.supportsInterface(each)).to.equal(known);
    });

    it("make one token each, for whoever asked", async () => {
      const { story, token, final } = await openResults();
      const job = await final();
      const proof = proofOf(job);
      expect(await token.verify(INPUT, OUTPUT, proof)).to.equal(true);
      expect(await token.verify(OUTPUT, OUTPUT, proof)).to.equal(false);
      await expect(token.addAigcData(job.id, INPUT, "0x7b", proof)).to.be.revertedWithCustomError(token, "NotProved").withArgs(job.id);
      await expect(token.addAigcData(job.id + 1n, INPUT, OUTPUT, proof)).to.be.revertedWithCustomError(token, "WrongToken").withArgs(job.id + 1n, job.id);
      await expect(token.addAigcData(job.id, INPUT, OUTPUT, proof)).to.emit(token, "AigcData").withArgs(job.id, (prompt: { hash: string }) => prompt.hash === keccak256(INPUT), OUTPUT, proof);
      expect(await token.ownerOf(job.id)).to.equal(await story.consumer.getAddress());
      expect(await token.promptOf(job.id)).to.equal(IN);
      await expect(token.addAigcData(job.id, INPUT, OUTPUT, proof)).to.be.revertedWithCustomError(token, "ERC721InvalidSender");
      // ERC-165, ERC-721, ERC-7007, and none.
      for (const [each, known] of [["0x01ffc9a7", true], ["0x80ac58cd", true], ["0x702c55a6", true], ["0xffffffff", false]] as const) expect(await token.supportsInterface(each)).to.equal(known);
    });
  });
}
