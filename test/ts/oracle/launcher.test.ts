import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { descendants, isRunning } from "../../support/processes.ts";
import type { Process } from "../../support/processes.ts";

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

  describe("killed with -9", () => {
    /** Node as many still have it; where there is none, the running one is told to read no TypeScript, which is what makes the difference. */
    const OLD = oldNode() ?? process.execPath;
    const oldFlags = OLD === process.execPath ? ["--no-experimental-strip-types"] : [];
    let node: Server;
    let asked: Promise<unknown>;
    beforeEach(async () => {
      node = createServer().listen(0, "127.0.0.1");
      asked = new Promise((resolve) => node.once("request", resolve));
      await new Promise((resolve) => node.once("listening", resolve));
    });
    afterEach(() => {
      node.closeAllConnections();
      node.close();
    });

    const environment = () => ({ ...cleanEnvironment(), ...deploymentOf(folder, node) });
    const began = (command: string, argv: string[], env: NodeJS.ProcessEnv) => {
      const child = spawn(command, argv, { cwd: folder, env, stdio: "ignore" });
      return { child, ended: new Promise((resolve) => child.once("exit", resolve)) };
    };

    it("leaves nothing of it running where an old Node handed over", async () => {
      const { child, ended } = began(OLD, [...oldFlags, LAUNCHER, "job", "0x1"], environment());
      await Promise.race([asked, ended]);
      const all = descendants(child.pid!);
      expect(all, "the Node that it handed over to").to.have.length(1);
      child.kill("SIGKILL");
      await gone(all);
    });

    it("leaves nothing of it running however busy that was", async () => {
      const busy = join(folder, "busy.mjs");
      // Preloaded in the process that is handed over to: it works from its first moment on and looks at nothing else.
      writeFileSync(busy, `if (process.env.OPG_LAUNCHED !== undefined) setTimeout(() => { process.emitWarning("busy"); for (;;); }, 300);`);
      const env = { ...environment(), NODE_OPTIONS: `--import=${busy}` };
      const { child } = began(OLD, [...oldFlags, LAUNCHER, "job", "0x1"], env);
      let all: Process[] = [];
      await until(() => (all = descendants(child.pid!)).some(({ seconds }) => seconds > 1.5));
      child.kill("SIGKILL");
      await gone(all);
    });

    for (const [name, flags] of [["an old Node", oldFlags], ["a Node that reads TypeScript", []]] as const) {
      it(`leaves nothing of it running where npm started it on ${name}`, async function () {
        if (!existsSync("/proc/self/stat")) return expect(process.platform).not.to.equal("linux");
        writeFileSync(join(folder, "package.json"), "{}");
        const command = [flags.length === 0 && name === "an old Node" ? OLD : process.execPath, ...flags, LAUNCHER, "job", "0x1"].map((word) => `"${word}"`).join(" ");
        const { child, ended } = began("npm", ["exec", "--offline", "-c", command], environment());
        await Promise.race([asked, ended]);
        const all = descendants(child.pid!);
        expect(all.length).to.be.greaterThan(0);
        child.kill("SIGKILL");
        await gone(all);
      });
    }

    it("is not ended by npm's environment alone, nor by the end of a shell that sent it to the background", async () => {
      const env = { ...environment(), npm_execpath: "/nowhere/npm-cli.js", npm_command: "exec" };
      const note = join(folder, "pid");
      const line = `"${process.execPath}" "${LAUNCHER}" job 0x1 & echo $! > "${note}"; sleep 1`;
      const { ended } = began("sh", ["-c", line], env);
      await asked;
      await ended;
      const pid = Number(readFileSync(note, "utf8"));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(isRunning(pid)).to.equal(true);
      process.kill(pid, "SIGKILL");
    });
  });

  it("passes signals on and ends as the command does", async () => {
    // A node that takes the question and never answers: the command waits until it is stopped.
    const node = createServer().listen(0, "127.0.0.1");
    const asked = new Promise((resolve) => node.once("request", resolve));
    await new Promise((resolve) => node.once("listening", resolve));
    const child = spawn(process.execPath, ["--no-experimental-strip-types", LAUNCHER, "job", "0x1"], {
      cwd: folder,
      env: { ...process.env, ...deploymentOf(folder, node) },
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

/** What a command needs to ask a chain, which is at `node`. */
function deploymentOf(folder: string, node: Server): Record<string, string> {
  const someone = `0x${"11".repeat(20)}`;
  const contracts = ["opg", "verifier", "models", "stakes", "game", "jobs", "lens"];
  const deployment = join(folder, "deployment.json");
  writeFileSync(deployment, JSON.stringify({ chainId: 31337, block: 0, ...Object.fromEntries(contracts.map((name) => [name, someone])) }));
  return { OPG_DEPLOYMENT: deployment, OPG_RPC_URL: `http://127.0.0.1:${(node.address() as AddressInfo).port}` };
}

/** The environment without what npm put there, for these tests may have been started by it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
}

/** A Node on the path that cannot run TypeScript. */
function oldNode(): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .find((node) => spawnSync(node, ["-p", "process.features.typescript || ''"], { encoding: "utf8" }).stdout?.trim() === "");
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come about");
}

const gone = (all: readonly Process[]): Promise<void> => until(() => !all.some(({ pid }) => isRunning(pid)));
