import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

const LAUNCHER = join(import.meta.dirname, "..", "..", "..", "oracle", "opg.mjs");

describe("launcher", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "opg-launcher-"))));
  after(() => rmSync(folder, { recursive: true }));

  const launch = (...argv: string[]) => spawnSync(process.execPath, [LAUNCHER, ...argv], { encoding: "utf8", cwd: folder });

  it("passes exit codes through and ends with one JSON object", () => {
    expect(launch("--version")).to.include({ status: 0, stderr: "" });
    const refused = launch("job", "x", "--json");
    expect(refused.status).to.equal(2);
    expect(JSON.parse(refused.stdout.trimEnd().split("\n").at(-1)!)).to.have.nested.property("error.code", "JOB_ID");
    expect(launch("nothing").status).to.equal(2);
  });

  it("hands over to the installed Node where the running one cannot read TypeScript", () => {
    const old = ["--no-experimental-strip-types", LAUNCHER, "job", "x", "--json"];
    const handed = spawnSync(process.execPath, old, { encoding: "utf8", cwd: folder });
    expect(handed.status, handed.stderr).to.equal(2);
    expect(handed.stdout).to.include('"JOB_ID"');
  });

  it("passes signals on and ends as the command does", async () => {
    const child = spawn(process.execPath, ["--no-experimental-strip-types", LAUNCHER, "job", "0x1"], {
      cwd: folder,
      // A deployment read from a pipe that never ends: the command waits until it is stopped.
      env: { ...process.env, OPG_DEPLOYMENT: "/dev/stdin" },
      stdio: ["pipe", "ignore", "ignore"],
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    child.kill("SIGTERM");
    const signal = await new Promise((resolve) => child.on("exit", (_code, by) => resolve(by)));
    expect(signal).to.equal("SIGTERM");
  });
});
