import { readFileSync } from "node:fs";
import { expect } from "chai";
import { boundedNodes } from "../../../core/compile/bounded.ts";
import { compile } from "../../../core/compile/compile.ts";
import { readCard, readModel } from "../../../models/cards.ts";
import { readDigits } from "../../../models/digits.ts";
import { exampleNames, measureFigures, measureModelSlack, shippedNames } from "../../../models/heldOut.ts";
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

  for (const name of shippedNames) {
    const { slack, ...card } = readCard(name);
    const { title, description, licence, accuracy, loss, beside = {} } = card;

    it(`${name} does as well as its card says`, async () => {
      expect(card).to.deep.include(await measureFigures(ortRuntime, name));
    });

    if (slack !== undefined) {
      it(`${name} has the slack that its card says, over all images`, async () => {
        expect(await measureModelSlack(ortRuntime, name)).to.deep.equal(slack);
      });
    }

    it(`${name} is described by its README as by its card`, () => {
      const readme = readFileSync(new URL(`../../../models/${name}/README.md`, import.meta.url), "utf8");
      const figures = [
        ...(accuracy === undefined ? [] : [`| Test accuracy | ${accuracy.right} of ${accuracy.total} (`]),
        ...(loss === undefined ? [] : [`| Test loss | ${loss.measure} ${loss.mean}, mean of ${loss.total}`]),
        ...Object.entries(beside).map(([way, figure]) => `${way}: ${figure}`),
        ...(slack === undefined ? [] : [`| Slack | ${describeSlack(slack, "image")}`]),
      ];
      expect(figures).not.to.be.empty;
      for (const text of [`# ${title}\n`, description, licence, ...figures]) expect(readme).to.include(text);
    });
  }

  for (const name of exampleNames) {
    it(`${name} does so as a program too, of which every node is exact`, async () => {
      const { canonical, program } = await compile(readModel(name), { runtime: ortRuntime });
      expect(boundedNodes(program, "portable")).to.deep.equal([]);
      expect(readCard(name)).to.deep.include(await measureFigures(ortRuntime, name, canonical));
    });
  }
});
