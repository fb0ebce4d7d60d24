import { expect } from "chai";
import { network } from "hardhat";
import { readDigits } from "../../../models/digits.ts";
import { openMock, TERMS } from "../../support/mockJobs.ts";

const connection = await network.create();
const { ethers } = connection;
const { jobs, deploy, askedBy, answer, inputOf } = await openMock(connection);

describe("a consumer of images", () => {
  it("sends the shipped model's pictures as the model was trained on them", async () => {
    const consumer = await deploy("ImageClassifier", 8, 8, 1, 16);
    for (const { input } of readDigits().slice(0, 5)) {
      const pixels = new Float32Array(input.buffer, input.byteOffset, 64).map((pixel) => pixel * 16);
      const jobId = await askedBy(consumer.classify(Uint8Array.from(pixels)));
      expect(await jobs.mockInput(jobId)).to.equal(`0x${Buffer.from(input).toString("hex")}`);
    }
  });

  it("takes channels apart, and rounds every pixel as a division of float32 numbers does", async () => {
    const [height, width, channels] = [3, 5, 3];
    const consumer = await deploy("ImageClassifier", height, width, channels, 255);
    const image = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 73 + 11) % 256);
    const expected = Array.from({ length: channels }, (_, c) => Array.from({ length: height * width }, (_, i) => Math.fround(image[i * channels + c] / 255))).flat();
    expect(await inputOf(await askedBy(consumer.classify(image)))).to.deep.equal(expected);
  });

  it("knows the class once the result is final, and never before", async () => {
    const consumer = await deploy("ImageClassifier", 1, 2, 1, 255);
    const [, asker] = await ethers.getSigners();
    const tx = (consumer.connect(asker) as typeof consumer).getFunction("classify")("0x00ff") as Promise<never>;
    const jobId = await askedBy(tx);
    await expect(tx).to.emit(consumer, "ImageAsked").withArgs(jobId, asker.address);
    expect(await consumer.classOf(jobId)).to.deep.equal([false, 0n]);
    await expect(jobs.mockAnswer(jobId, `0x${Buffer.from(Float32Array.of(-1, 0.5, 2.25, 2.25).buffer).toString("hex")}`))
      .to.emit(consumer, "ImageClassified")
      .withArgs(jobId, 2n, 2_250_000_000_000_000_000n);
    expect(await consumer.classOf(jobId)).to.deep.equal([true, 2n]);
    // No scores, or none that is a number: the callback fails, and nothing is known.
    for (const scores of [[], [NaN, NaN]]) {
      const next = await askedBy(consumer.classify("0x0000"));
      expect(await answer(next, ...scores)).to.equal(false);
      expect(await consumer.classOf(next)).to.deep.equal([false, 0n]);
    }
  });

  it("refuses images of another size, and to be made for none", async () => {
    const consumer = await deploy("ImageClassifier", 2, 2, 1, 255);
    await expect(consumer.classify("0x000000")).to.be.revertedWithCustomError(consumer, "WrongImageSize").withArgs(3n, 4n);
    await expect(ethers.deployContract("ImageClassifier", [jobs, TERMS, 2, 0, 1, 255])).to.be.revertedWithCustomError(consumer, "NoPixels");
    await expect(ethers.deployContract("ImageClassifier", [jobs, TERMS, 2, 2, 1, 0])).to.be.revertedWithCustomError(consumer, "DivisorIsZero");
  });
});
