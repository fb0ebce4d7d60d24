import { expect } from "chai";
import { measureAccuracy, modelNames, readCard, readDigits } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

describe("shipped models", () => {
  it("come with images whose pixels are in [0, 1] and whose labels cover every digit", () => {
    const digits = readDigits();
    expect(new Set(digits.map(({ label }) => label)).size).to.equal(10);
    for (const { input } of digits) {
      expect(input.byteLength).to.equal(256);
      for (const pixel of new Float32Array(input.buffer)) expect(pixel).to.be.within(0, 1);
    }
  });

  for (const name of modelNames) {
    it(`${name} does as well as its card says`, async () => {
      expect(await measureAccuracy(ortRuntime, name)).to.deep.equal(readCard(name).accuracy);
    });
  }
});
