/**
 * Recipes hold as they stand: their contracts pass the tests that they show, in a project of their own, and their programs print
 * what they say on a chain with an operator.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { startHardhat } from "../../support/devnets.ts";
import { programsIn, runProgram } from "../../support/readmeCode.ts";
import { openScene, OPG, type Scene } from "../../support/scene.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const page = (name: string): string => join(ROOT, "docs", `${name}.md`);

/** Pages with contracts, and the number of tests that each shows. */
const CONTRACTS = { "recipes/callback-paths": 8, "recipes/price-feeds": 4, "recipes/images": 2, "recipes/large-outputs": 2, "migration/chainlink-functions": 2, "migration/opengradient-infer": 1 };

/** The contracts of a page by the files that they belong into. */
const sourcesOf = (name: string): [file: string, text: string][] =>
  [...readFileSync(page(name), "utf8").matchAll(/^```solidity\n([^]*?)^```$/gm)].map(([, text]) => {
    const contract = [...text.matchAll(/^(?:abstract )?contract (\w+)/gm)].at(-1)![1];
    return contract.endsWith("Test") ? [`test/${contract.replace(/Test$/, "")}.t.sol`, text] : [`contracts/${contract}.sol`, text];
  });

describe("contracts of recipes and of moves from elsewhere, in a project that npm create opg-app would make", function () {
  this.timeout(240_000);

  it("pass the tests that stand beside them", () => {
    const folder = mkdtempSync(join(tmpdir(), "opg-recipes-"));
    try {
      for (const name of ["contracts", "test"]) mkdirSync(join(folder, name));
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(join(folder, "hardhat.config.ts"), readFileSync(join(ROOT, "create-opg-app", "template", "hardhat", "hardhat.config.ts")));
      for (const name of Object.keys(CONTRACTS)) for (const [file, text] of sourcesOf(name)) writeFileSync(join(folder, file), text);
      // The Hardhat that runs this test tells those that it starts where its own project is.
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HARDHAT|NODE)_/.test(name)));
      const hardhat = join("node_modules", "hardhat", "dist", "src", "cli.js");
      const { status, stdout, stderr } = spawnSync(process.execPath, [hardhat, "test", "solidity"], { cwd: folder, encoding: "utf8", env });
      expect(status, stdout + stderr).to.equal(0);
      expect(stdout).to.include(`${Object.values(CONTRACTS).reduce((sum, count) => sum + count, 0)} passing`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("programs of recipes and of moves from elsewhere", function () {
  this.timeout(240_000);
  const places = {
    "opengradient-optimistic-sdk": join(ROOT, "sdk", "index.ts"),
    "opengradient-optimistic-sdk/viem": join(ROOT, "sdk", "viem.ts"),
    "opengradient-optimistic-sdk/history": join(ROOT, "sdk", "history", "index.ts"),
    "opengradient-optimistic-core": join(ROOT, "core", "index.ts"),
  };
  let scene: Scene;
  let version: string;
  let index: string;
  let isOver = false;
  let goingOn: Promise<void>;

  before(async () => {
    scene = await openScene(startHardhat);
    ({ version } = await scene.publish());
    const registered = await scene.as("operator", "operator", "register", "--bond", "5000");
    expect(registered.code, registered.stderr).to.equal(0);
    const operator = await scene.daemon("operator", {}, { OPG_API_INDEX: "true" });
    index = operator.api.url;
    goingOn = (async () => {
      for (; !isOver; await scene.devnet.pass(20)) await scene.round(operator);
    })();
  });
  after(async () => {
    isOver = true;
    await goingOn;
    await scene?.close();
  });

  async function fresh(): Promise<string> {
    const wallet = Wallet.createRandom();
    const [funder] = await scene.devnet.connection.ethers.getSigners();
    await (await funder.sendTransaction({ to: wallet.address, value: OPG })).wait();
    await (await scene.token.transfer(wallet.address, 3n * OPG)).wait();
    return wallet.privateKey;
  }

  /** What the programs of a page print, each on one line after the other. */
  async function printedBy(name: string): Promise<string[]> {
    const outputs: string[] = [];
    for (const program of programsIn(page(name))) {
      const given = { RPC_URL: scene.devnet.url, PRIVATE_KEY: await fresh(), DEPLOYMENT: join(scene.folder, "deployment.json"), VERSION: version, INDEX_URL: index };
      Object.assign(process.env, given);
      try {
        outputs.push((await runProgram(program, places)).map((values) => values.join(" ")).join("\n"));
      } finally {
        for (const each of Object.keys(given)) delete process.env[each];
      }
    }
    return outputs;
  }

  it("ask from a page, over either library", async () => {
    const [ethers, viem, ...others] = await printedBy("recipes/ask-from-a-page");
    expect(others).to.deep.equal([]);
    expect(ethers).to.match(/^at least 2\.0 OPG, a bond of 500\.0, final after 120 s\nrequested \n(accepted \n)?(submitted \n)+final \d$/);
    expect(viem).to.match(/^requested \n(accepted \n)?(submitted \n)+final \d$/);
  });

  it("show how a job goes", async () => {
    const [printed] = await printedBy("recipes/show-progress");
    expect(printed).to.match(/^requested: .*anyone may refund from /);
    expect(printed).to.match(/^submitted: .*, final at .*anyone may finalize/m);
    expect(printed).to.match(/^final: settled/m);
  });

  it("verify a job", async () => {
    const [printed] = await printedBy("recipes/verify-in-the-browser");
    expect(printed).to.match(/^\d+ match the same bytes, by \d+ nodes$/);
  });

  it("ask with OpenGradient's numbers", async () => {
    expect(await printedBy("migration/opengradient-infer")).to.deep.equal(["1 10"]);
  });

  it("ask the index", async () => {
    expect(await printedBy("recipes/index-api")).to.deep.equal([`version 66 from ${2n * OPG}`]);
  });

  it("make tensors of pictures, and proofs of large outputs", async () => {
    expect(await printedBy("recipes/images")).to.deep.equal(["1 3 1 2\n8"]);
    const [proof] = await printedBy("recipes/large-outputs");
    expect(proof).to.match(/^1024 8 0x[0-9a-f]{64}$/);
  });
});
