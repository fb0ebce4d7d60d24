import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { findDevnet } from "../../../oracle/config/devnet.ts";
import { freePort } from "../../../scripts/devnet/chain.ts";
import { followedPages } from "../../support/docExecutors.ts";
import { Desk, freshCheckout, missing, stepsOf, Terminal } from "../../support/page.ts";

describe("a page that is followed", function () {
  this.timeout(30_000);

  it("is read as it is meant", () => {
    const text = "a\n```sh\nls\n```\n\n```text\nx\n```\n\n```sh until\nfalse\n```\nb\n```text\ny … z\n```\n```json\n{}\n```\n";
    expect(stepsOf(text)).to.deep.equal([
      { line: 2, manner: "", commands: "ls\n", shown: ["x"] },
      { line: 10, manner: "until", commands: "false\n", shown: ["y … z"] },
    ]);
    expect(() => stepsOf("```sh stays\nls\n```\n")).to.throw("does not say what comes of it");
    expect(() => stepsOf("```sh maybe\nls\n```\n")).to.throw("is no manner");
  });

  it("must show its lines, in their order", () => {
    expect(missing(["job  Final", "gas … of (5)"], "a job   Final\nthe gas 1 2 of (5)\n")).to.deep.equal([]);
    expect(missing(["gas", "job"], "job\ngas\n")).to.deep.equal(["job"]);
    expect(missing(["a.c"], "abc")).to.deep.equal(["a.c"]);
  });

  it("goes on in the same shell, and fails where a command of a block does", async () => {
    const { folder, remove } = freshCheckout();
    const terminal = new Terminal(folder);
    try {
      expect(await terminal.run("A=$(echo 5)\ncat <<'EOF'\nx $A\nEOF")).to.deep.equal({ code: 0, output: "x $A\n" });
      expect(await terminal.run("false\necho $A")).to.deep.equal({ code: 1, output: "5\n" });
      expect(await terminal.run("B=$(exit 3)\necho >&2 over")).to.deep.equal({ code: 3, output: "over\n" });
      expect((await terminal.run("npx opg --version")).output).to.match(/^\d+\.\d+\.\d+\n$/);
    } finally {
      await terminal.close();
      remove();
    }
  });
});

describe("the pages of docs/", function () {
  this.timeout(300_000);
  const { folder, remove } = freshCheckout();
  let desk: Desk;
  before(async () => {
    // The daemon's port is any that is free, and its log is what a terminal shows.
    desk = new Desk(folder, { OPG_DEVNET_PORT: "0", OPG_API_PORT: String(await freePort()), OPG_LOG_FORMAT: "text" });
  });
  after(async () => {
    await desk.close();
    remove();
  });

  for (const page of followedPages()) {
    it(`${page} holds from its first command to its last`, async () => {
      expect(await desk.follow(page)).to.be.greaterThan(0);
    });
  }

  it("Ctrl-C ends the devnet and takes back what it wrote", async () => {
    expect(findDevnet(folder)).to.be.an("object");
    await desk.close();
    expect(existsSync(join(folder, ".opg"))).to.equal(false);
    expect(existsSync(join(folder, "deployments"))).to.equal(false);
  });
});
