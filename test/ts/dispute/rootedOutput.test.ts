import { expect } from "chai";
import { groundsOf } from "../../../core/dispute/grounds.ts";
import { twin } from "../../../core/operators/index.ts";
import { Rule } from "../../../core/program/types.ts";
import { f32, openSpread, playSpread } from "../../support/spread.ts";

describe("roots of an output that are not one's own, with nothing served behind them", () => {
  it("are a lie where every number has one value, and in doubt where a bound leaves a choice", async () => {
    for (const [bounded, grounds] of [[false, "lie"], [true, "doubt"]] as const) {
      const { world: { program, constant }, honest: trace } = await openSpread(8_196, bounded);
      const reach = () => expect.fail("there is no number to hold against a reach");
      expect(await groundsOf({ program, trace, constant, twin, reach }, undefined)).to.equal(grounds);
    }
  });
});

describe("the search in an output that was submitted by its roots and is withheld", function () {
  this.timeout(300_000);

  it("begins with what differs of it, where every number under a bound is another", async () => {
    const size = 100_000;
    const { world, honest } = await openSpread(size, true);
    const [norm, relu] = [1, 2].map((node) => world.program.nodes[node].output.source as { id: number });
    const flipped = Uint8Array.from(honest[norm.id]);
    const words = new Uint32Array(flipped.buffer);
    for (let i = 0; i < words.length; i++) words[i] ^= 1;
    const carried = f32(size, (i) => Math.max(0, new Float32Array(flipped.buffer)[i]));
    new Float32Array(carried.buffer)[98_765] = 7;
    const claimed = honest.map((bytes, id) => (id === norm.id ? flipped : id === relu.id ? carried : bytes));
    expect(world.program.nodes.map(({ rule }) => rule)).to.deep.equal([Rule.rounded, Rule.bound, Rule.equal]);
    const { end, rounds, demanded } = await playSpread(world, honest, claimed, false);
    if (end.kind !== "convict") throw new Error("the lie was not found");
    expect(end).to.include({ node: 2, element: 98_765 });
    expect(demanded[0].tensor, "the output first").to.equal(relu.id);
    // As many as a prove period has at least (test/ts/dispute/trackBack.test.ts).
    expect(rounds).to.be.at.most(9);
  });
});
