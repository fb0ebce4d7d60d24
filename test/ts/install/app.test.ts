import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { findDevnet, type Devnet } from "../../../oracle/config/devnet.ts";
import { openPage } from "../../support/openPage.ts";
import { FOLDERS, install, MAKER, manifestOf, ROOT, run, start, tarballs, type Ended } from "../../support/packed.ts";

/** From nothing to a final callback, in seconds: npm's own work is not part of it, for it is simulated. */
const MOST_SECONDS = 180;

/** Other networks may run on this machine. */
const ANY_PORT = "OPG_DEVNET_PORT=0";

/** Foundry's forge, which comes with the install on Linux with x86-64. */
const FORGE = (() => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("@foundry-rs/forge-linux-amd64/package.json"));
    return existsSync(join(folder, "bin", "forge")) ? join(folder, "bin") : undefined;
  } catch {
    return undefined;
  }
})();

/** A compiler as forge calls one, made of the npm package: forge would download it. */
const SOLC = `#!/usr/bin/env node
const solc = require(${JSON.stringify(join(ROOT, "node_modules", "solc"))});
if (process.argv.includes("--version")) console.log("solc, the solidity compiler commandline interface\\nVersion: " + solc.version());
else process.stdout.write(solc.compile(require("node:fs").readFileSync(0, "utf8")));
`;

/** Asks about the same picture on the page, by its keys, and lets the window pass. */
async function usePage(url: string): Promise<void> {
  const page = await openPage(url);
  try {
    await page.until('document.getElementById("ask")?.disabled === false');
    // A vertical stroke, drawn with the keyboard.
    await page.evaluate('document.querySelector("#grid button").focus()');
    const press = (key: string) => page.evaluate(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", bubbles: true, cancelable: true }))`);
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", ...Array.from({ length: 8 }, () => [" ", "ArrowDown"]).flat()]) await press(key);
    expect(await page.evaluate('document.querySelectorAll("#grid [aria-pressed=true]").length')).to.equal(8);
    await page.evaluate('document.getElementById("ask").click()');
    await page.until('document.getElementById("status").textContent === "Submitted: may be challenged" && !document.getElementById("pass").disabled');
    await page.evaluate('document.getElementById("pass").click()');
    await page.until('/^Final: it is a [0-9]\\.$/.test(document.getElementById("status").textContent)');
    expect(page.faults).to.deep.equal([]);
    expect(page.requests.filter((each) => !each.startsWith(`${url}/`) && !each.startsWith("data:"))).to.deep.equal([]);
    expect(page.requests.length).to.be.greaterThan(5);
  } finally {
    await page.close();
  }
}

describe("npm create opg-app", function () {
  this.timeout(600_000);
  let home: string;
  const create = (...argv: string[]): Ended => run(home, join(home, "node_modules", ".bin", "create-opg-app"), ...argv);

  before(() => {
    home = mkdtempSync(join(tmpdir(), "opg-app-"));
    install(home, [tarballs()[MAKER]], []);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  /** What npm install does in the new project. */
  function installed(name: string): string {
    const folder = join(home, name);
    const { dependencies, devDependencies } = manifestOf(folder);
    install(folder, FOLDERS.map((each) => tarballs()[each]), Object.keys({ ...dependencies, ...devDependencies }));
    return folder;
  }

  /** As to a public network, of which this release knows nothing unless it is told. */
  function deploysTo({ rpcUrl, accounts, models, contracts }: Devnet, folder: string): void {
    const deploy = (...settings: string[]) => run(folder, "env", `RPC_URL=${rpcUrl}`, `PRIVATE_KEY=${accounts.spare.key}`, ...settings, "npm", "run", "deploy");
    const version = `MODEL_VERSION=${models["digits-cnn-int8"]}`;
    expect(deploy(version).stderr).to.match(/deploy: this release knows no deployment on chain 31337: set JOBS/);
    expect(deploy(`JOBS=${contracts.jobs}`, `MODEL_VERSION=0x${"99".repeat(32)}`).stderr).to.match(/deploy: the registry 0x\w+ takes no requests of version 0x99/);
    const { code, stdout, stderr } = deploy(`JOBS=${contracts.jobs}`, version);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/DigitApp is at 0x[0-9a-fA-F]{40}\. A request costs 1\.0 OPG/);
  }

  it("refuses what is no project's name, and a folder that holds something", () => {
    for (const [argv, said] of [
      [[], /name one folder/],
      [["a", "b"], /name one folder/],
      [["My App"], /"My App" is no name of a package/],
      [["--vue", "a"], /Unknown option '--vue'/],
      [["node_modules"], /is not empty/],
    ] as const) {
      const { code, stderr } = create(...argv);
      expect([code, said.test(stderr), /\nfix: /.test(stderr)], stderr).to.deep.equal([2, true, true]);
    }
  });

  it("makes projects that depend on the versions of this repository", () => {
    const { version } = manifestOf(ROOT);
    const versions = { ...(manifestOf(ROOT) as { devDependencies?: Record<string, string> }).devDependencies };
    for (const [name, ...flags] of [["versions"], ["versions-foundry", "--foundry"]]) {
      expect(create(name, ...flags).code).to.equal(0);
      const { name: own, dependencies, devDependencies } = manifestOf(join(home, name));
      expect(own).to.equal(name);
      for (const [dependency, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
        expect(wanted, dependency).to.equal(dependency.startsWith("opengradient-optimistic") ? version : versions[dependency]);
      }
      // What the contracts' page tells users of Foundry to write.
      if (flags.length > 0) expect(readFileSync(join(ROOT, "contracts", "README.md"), "utf8")).to.include(`\`\`\`text\n${readFileSync(join(home, name, "remappings.txt"), "utf8")}\`\`\``);
      expect(readFileSync(join(home, name, ".gitignore"), "utf8")).to.match(/^node_modules\/$/m);
    }
  });

  it(`in an empty folder, gets from nothing to a final callback in at most ${MOST_SECONDS} seconds, and to a page that asks`, async () => {
    const began = performance.now();
    expect(create("my-app").stdout).to.match(/cd my-app && npm install\n\s+npm start/);
    const folder = installed("my-app");
    const app = start(folder, "env", ANY_PORT, "npm", "start");
    try {
      await app.says(/asked for the digit of a picture that shows a 7\n[^]*final: the contract was called back, and read a 7\n/);
      const seconds = (performance.now() - began) / 1_000;
      console.log(`      from nothing to a final callback: ${seconds.toFixed(0)} s`);
      expect(seconds).to.be.lessThan(MOST_SECONDS);
      const [, url] = await app.says(/the page is at (\S+);/);
      await usePage(url);
      deploysTo(findDevnet(folder)!, folder);
    } finally {
      await app.interrupt();
    }
    expect(app.output()).to.match(/stopping\n[^]*daemon\.stopped/);
    expect(existsSync(join(folder, ".opg", "devnet.json"))).to.equal(false);
  });

  it("says why a network does not start, and the way out", () => {
    expect(create("refused").code).to.equal(0);
    const { code, stderr } = run(installed("refused"), "env", "OPG_DEVNET_PORT=70000", "npm", "start", "--", "--once");
    expect(code).to.equal(1);
    expect(stderr).to.match(/start: the network did not start: --port must be a whole number [^]*\nfix: correct --port/);
  });

  it("tests the contract of the project without a network", () => {
    expect(create("tested").code).to.equal(0);
    const tested = run(installed("tested"), "npm", "test");
    expect(tested.code, tested.stdout + tested.stderr).to.equal(0);
    expect(tested.stdout).to.match(/4 passing/);
  });

  it("deploys nowhere that it does not know", () => {
    expect(create("deployed").code).to.equal(0);
    const folder = installed("deployed");
    const { code, stderr } = run(folder, process.execPath, "scripts/deploy.mjs");
    expect([code, /deploy: set RPC_URL, PRIVATE_KEY and MODEL_VERSION/.test(stderr)], stderr).to.deep.equal([1, true]);
  });

  if (FORGE !== undefined) {
    it("with --foundry, is compiled and tested by forge, and gets as far", () => {
      expect(create("my-forge", "--foundry").stdout).to.match(/forge must be on the PATH/);
      const folder = installed("my-forge");
      writeFileSync(join(home, "solc"), SOLC, { mode: 0o755 });
      const forge = (...argv: string[]) => run(folder, "env", `PATH=${FORGE}:${dirname(process.execPath)}:${process.env.PATH ?? ""}`, `FOUNDRY_SOLC=${join(home, "solc")}`, "FOUNDRY_OFFLINE=true", ANY_PORT, ...argv);
      const tested = forge("npm", "test");
      expect(tested.code, tested.stdout + tested.stderr).to.equal(0);
      expect(tested.stdout).to.match(/4 tests passed, 0 failed/);
      const { code, stdout, stderr } = forge("npm", "start", "--", "--once");
      expect(code, stdout + stderr).to.equal(0);
      expect(stdout).to.match(/final: the contract was called back, and read a 7\n/);
    });
  }
});
