import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { readCard as shippedCard } from "../../../models/cards.ts";
import { hintsIn } from "../../../web/src/data/card.ts";
import { isAtHand, readable, readCard, statementsIn } from "../../../web/src/data/modelCard.ts";
import { Fault } from "../../../web/src/fault.ts";
import { percent, revenueOf } from "../../../web/src/pages/model/revenue.ts";

const asData = (card: unknown): string => `data:application/json;base64,${Buffer.from(JSON.stringify(card)).toString("base64")}`;

describe("a model's card in the explorer", () => {
  it("is shown as statements", () => {
    const { title, description, statements } = statementsIn(shippedCard("digits-cnn"));
    expect(title).to.equal("Digits CNN");
    expect(description).to.match(/^Conv\+Relu twice/);
    expect(statements).to.deep.include.members([["accuracy", "358 of 360 right"], ["slack: runs", "360"], ["licence", "MIT (weights); training data CC BY 4.0"]]);
    expect(statementsIn(shippedCard("regime-lstm")).statements).to.deep.include(["labels: probabilities", "calm; rally; crash"]);
  });

  it("may be anything, and stays text of bounded length", () => {
    expect(statementsIn("<b>no card</b>")).to.deep.equal({ statements: [] });
    expect(statementsIn({ title: 7, licence: "<script>alert(1)</script>" })).to.deep.equal({ statements: [["licence", "<script>alert(1)</script>"]] });
    const deep = JSON.parse(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`) as unknown;
    expect(statementsIn(deep).statements).to.have.length(1);
    const long = statementsIn({ description: "x".repeat(1e6), ...Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, "y".repeat(1e4)])) });
    expect(JSON.stringify(long).length).to.be.lessThan(200_000);
  });

  it("never keeps a page from being shown, however it is nested and whatever its keys are called", () => {
    const nested = (open: string, close: string) => JSON.parse(`{"x":[${open.repeat(20_000)}1${close.repeat(20_000)}]}`) as unknown;
    for (const card of [{ x: [[{ toString: 1 }]] }, { x: [{ a: { toString: 1, valueOf: 2, toJSON: 3 } }] }, JSON.parse('{"__proto__":{"a":1},"x":[null]}'), nested("[", "]"), nested('{"a":', "}")]) {
      expect(JSON.stringify(statementsIn(card)).length).to.be.lessThan(5_000);
      expect(hintsIn(card).images).to.deep.equal([]);
    }
  });

  it("has no characters that turn the text around them, or that nobody sees", () => {
    const { title, statements } = statementsIn({ title: "a\u202Eb\u0000c", "k\u200By": "one\n\ntwo\ud800" });
    expect([title, statements]).to.deep.equal(["a\uFFFDb\uFFFDc", [["k\uFFFDy", "one two\uFFFD"]]]);
    expect(hintsIn({ title: "\u2066t", labels: { y: ["\u202Ex", "z".repeat(1e5)] } })).to.deep.include({ title: "\uFFFDt", labels: { y: ["\uFFFDx", `${"z".repeat(120)}…`] } });
  });

  it("is asked for at eight addresses at most", async () => {
    let asked = 0;
    const server = createServer((_, response) => (asked++, response.end("no JSON"))).listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    const uris = Array.from({ length: 50 }, (_, i) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${i}`).join(" ");
    expect(await readCard(uris).catch((error: unknown) => error)).to.be.instanceOf(Fault);
    expect(asked).to.equal(8);
    server.close();
  });

  it("is read from the first address that gives one", async () => {
    const server = createServer((_, response) => response.end("no JSON")).listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/card.json`;
    try {
      expect(await readCard(`file:///card.json ${url} ${asData({ title: "T" })}`)).to.deep.equal({ title: "T" });
      const none = await readCard(url).catch((error: unknown) => error);
      expect(none).to.be.instanceOf(Fault).and.have.property("message").that.includes(`no address gives the model's card: ${url}`);
    } finally {
      server.close();
    }
  });

  it("is read without being asked for only where that tells nobody anything", () => {
    const known = ["http://localhost:8547/explorer/", "http://127.0.0.1:8545"];
    expect(isAtHand(asData({}), known)).to.equal(true);
    expect(isAtHand("file:///card.json http://127.0.0.1:9000/card.json", known)).to.equal(true);
    for (const uris of ["", "file:///card.json", "https://example.org/card.json", "ipfs://127.0.0.1/", "http://127.0.0.1/a https://example.org/b"]) expect(isAtHand(uris, known), uris).to.equal(false);
    expect(readable("file:///a http://b/ javascript:alert(1) not-an-address")).to.deep.equal(["http://b/"]);
  });
});

describe("a publisher's revenue", () => {
  it("is the share of the fees of final jobs", () => {
    const tally = (status: "Final" | "FinalUndelivered" | "Convicted" | "Submitted", fees: string) => ({ status, jobs: 1, fees });
    expect(revenueOf([tally("Final", "1000"), tally("FinalUndelivered", "500"), tally("Convicted", "9000"), tally("Submitted", "9000")], 500)).to.equal(75n);
    expect(revenueOf([], 500)).to.equal(0n);
    expect([percent(500), percent(25)]).to.deep.equal(["5 %", "0.25 %"]);
  });
});
