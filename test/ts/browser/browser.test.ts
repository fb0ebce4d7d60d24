import { expect } from "chai";
import { build } from "esbuild";
import { ZeroHash } from "ethers";
import { network } from "hardhat";
import { globSync } from "node:fs";
import { join } from "node:path";
import { runInChromium } from "../../support/chromium.ts";
import { deployFamilies } from "../../support/families.ts";
import { judgeLies, type Judged } from "../../support/judgedLies.ts";
import { runOf } from "../../support/oneRun.ts";

const root = join(import.meta.dirname, "../../..");

/** All of the core for a browser, as a module whose `run` judges lies. Whatever only Node has cannot be bundled. */
async function bundle(): Promise<string> {
  const files = globSync("core/**/*.ts", { cwd: root, exclude: ["**/*.d.ts", "core/sha256/**", "core/dist/**"] });
  const contents = [...files.map((file) => `import "./${file}";`), 'export { judgeLies as run } from "./test/support/judgedLies.ts";'].join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2023",
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

describe("the core in a browser", function () {
  this.timeout(300_000);

  let script: string;
  before(async () => {
    script = await bundle();
  });

  for (const name of ["digits-mlp", "digits-cnn-int8"] as const) {
    it(`rebuilds ${name}, commits to a run and convicts a lie in every node, byte for byte as Node does`, async () => {
      const run = await runOf(name);
      const judged = (await runInChromium(script, run)) as Judged[];
      expect(judged).to.deep.equal(await judgeLies(run));
      expect(judged.length).to.be.greaterThan(4);
      expect(judged.map(({ admissible }) => admissible)).to.deep.equal(judged.map((_, i) => i % 2 === 0));
    });
  }

  it("makes proofs of which the contracts think the same", async () => {
    const judged = (await runInChromium(script, await runOf("digits-mlp"))) as Judged[];
    const connection = await network.create();
    const verifier = await connection.ethers.deployContract("OpVerifier", [await deployFamilies(connection)]);
    for (const { programRoot, traceRoot, proof, node, admissible } of judged) {
      const { guilty, progress } = await verifier.convicts(programRoot, traceRoot, proof);
      expect({ guilty, progress }, node).to.deep.equal({ guilty: !admissible, progress: ZeroHash });
    }
  });

  it("is told from what fails there", async () => {
    const failure = await runInChromium('export const run = () => { throw new Error("planted"); };', {}).catch(String);
    expect(failure).to.match(/planted/);
  });
});
