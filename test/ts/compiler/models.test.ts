import { readFileSync } from "node:fs";
import { expect } from "chai";
import { measureAccuracy, measureModelSlack, modelNames, readCard, readDigits } from "../../../models/digits.ts";
import { describeSlack } from "../../../oracle/cli/slack.ts";
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

    it(`${name} has the slack that its card says, over all images`, async () => {
      expect(await measureModelSlack(ortRuntime, name)).to.deep.equal(readCard(name).slack);
    });

    it(`${name} is described by its README as by its card`, () => {
      const readme = readFileSync(new URL(`../../../models/${name}/README.md`, import.meta.url), "utf8");
      const { title, description, accuracy, slack, licence } = readCard(name);
      const { right, total } = accuracy;
      const figures = [`| Test accuracy | ${right} of ${total} (`, `| Slack | ${describeSlack(slack, "image")}`];
      for (const text of [`# ${title}\n`, description, licence, ...figures]) expect(readme).to.include(text);
    });
  }
});
