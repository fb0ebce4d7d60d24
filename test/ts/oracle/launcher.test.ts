import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
    // A node that takes the question and never answers: the command waits until it is stopped.
    const node = createServer().listen(0, "127.0.0.1");
    const asked = new Promise((resolve) => node.once("request", resolve));
    await new Promise((resolve) => node.once("listening", resolve));
    const someone = `0x${"11".repeat(20)}`;
    const contracts = ["opg", "verifier", "models", "stakes", "game", "jobs", "lens"];
    const deployment = join(folder, "deployment.json");
    writeFileSync(deployment, JSON.stringify({ chainId: 31337, block: 0, ...Object.fromEntries(contracts.map((name) => [name, someone])) }));
    const child = spawn(process.execPath, ["--no-experimental-strip-types", LAUNCHER, "job", "0x1"], {
      cwd: folder,
      env: { ...process.env, OPG_DEPLOYMENT: deployment, OPG_RPC_URL: `http://127.0.0.1:${(node.address() as AddressInfo).port}` },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
    await Promise.race([asked, ended]);
    child.kill("SIGTERM");
    expect(await ended).to.equal("SIGTERM");
    node.closeAllConnections();
    node.close();
  });
});
