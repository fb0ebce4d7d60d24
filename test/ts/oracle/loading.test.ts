import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { expect } from "chai";
import { define, DEFINITIONS } from "../../../oracle/cli.ts";
import { COMMANDS } from "../../../oracle/cli/overview.mjs";
import { opg } from "../../support/commandLine.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** Says at the end of a process which modules it loaded. */
const WITNESS = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on("exit", () => process.stderr.write(JSON.stringify(loaded)));
`)}`;

/** What a command line loads: packages by name, and files of the project. */
function loadedBy(...argv: string[]): { packages: string[]; files: string[]; stdout: string } {
  const child = spawnSync(process.execPath, ["--import", WITNESS, join(ROOT, "oracle", "opg.mjs"), ...argv], { encoding: "utf8", cwd: tmpdir() });
  expect(child.status, child.stderr).to.equal(0);
  const urls = JSON.parse(child.stderr.slice(child.stderr.lastIndexOf("["))) as string[];
  const packages = urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]).filter((name) => name !== undefined);
  const files = urls.filter((url) => url.startsWith("file:") && !url.includes("/node_modules/")).map((url) => url.split("/oracle/")[1]);
  return { packages: [...new Set(packages)], files, stdout: child.stdout };
}

describe("what a command line loads", function () {
  this.timeout(60_000);

  it("the overview and the version take nothing but the parser of command lines", () => {
    for (const asked of ["--help", "--version"]) {
      const { packages, files } = loadedBy(asked);
      expect(packages, asked).to.deep.equal(["commander"]);
      expect(files, asked).to.deep.equal(["opg.mjs", "cli/overview.mjs"]);
    }
  });

  it("neither the configuration nor the help of a command takes the chain, the models or the store", () => {
    for (const asked of [["config", "check"], ["run", "--help"], ["key", "new", "--help"], ["help", "run"], ["devnet", "--help"]]) {
      const { packages, files } = loadedBy(...asked);
      expect(packages, asked.join(" ")).to.have.members(["commander", "cli-progress", "string-width", "strip-ansi", "ansi-regex", "is-fullwidth-code-point", "emoji-regex", "zod"]);
      expect(files.filter((file) => /^(main|certify|chain|roles|runtime|store)\b/.test(file)), asked.join(" ")).to.deep.equal([]);
    }
  });

  it("what looks at the chain and sends takes nothing of a daemon", () => {
    for (const asked of ["job", "balance", "operator", "watcher", "model"]) {
      const { packages } = loadedBy(asked, "--help");
      expect(packages).to.include("ethers");
      expect(packages.filter((name) => /^(fastify|pino|prom-client|pg|pg-boss|drizzle-orm|@electric-sql)/.test(name)), asked).to.deep.equal([]);
    }
  });

  it("the overview names every command as its definition does", async () => {
    expect(COMMANDS.map(({ name }) => name)).to.have.members(Object.keys(DEFINITIONS));
    for (const { name, usage, about } of COMMANDS) {
      const program = new Command("opg");
      await define(program, name, () => expect.fail("nothing is opened"));
      expect(program.commands.map((command) => command.name())).to.deep.equal(COMMANDS.map((command) => command.name));
      const defined = program.commands.find((command) => command.name() === name)!;
      const help = program.createHelp();
      expect(defined.commands.length + defined.options.length, `${name} is defined`).to.be.greaterThan(0);
      expect([help.subcommandTerm(defined), help.subcommandDescription(defined)]).to.deep.equal([usage, about]);
    }
  });

  it("both ways to ask for the overview give the same text", async () => {
    const { stdout } = await opg(["--json", "--help"], {}, tmpdir());
    const words = (text: string) => text.replaceAll(/\s+/g, " ");
    expect(words(loadedBy("--help").stdout)).to.equal(words(stdout));
    for (const { usage, about } of COMMANDS) expect(words(stdout)).to.include(`${usage} ${about}`);
  });
});

describe("--only", () => {
  const folder = tmpdir();
  const only = (...argv: string[]) => opg(["config", "check", ...argv], { OPG_API_PORT: "8700" }, folder);

  it("prints the bare value of one field, wherever it stands", async () => {
    expect((await only("--only", "config.api.host")).stdout).to.equal("127.0.0.1\n");
    expect((await opg(["--only", "config.api", "config", "check"], { OPG_API_PORT: "8700" }, folder)).stdout).to.equal('{"host":"127.0.0.1","port":8700,"index":false,"corsOrigins":[],"explorerName":"OpenGradient Optimistic","requestsPerMinute":600}\n');
    expect((await only("--only", "ok", "--json")).stdout).to.equal("true\n");
  });

  it("prints nothing that could be taken for a value where there is none", async () => {
    const missing = await only("--only", "confg");
    expect([missing.code, missing.stdout]).to.deep.equal([2, ""]);
    expect(missing.stderr).to.match(/its result has no "confg": \{"ok":true/);
    const failed = await opg(["config", "check", "--only", "ok"], { OPG_API_PORT: "many" }, folder);
    expect([failed.code, failed.stdout]).to.deep.equal([2, ""]);
    const unknown = await opg(["config", "chek", "--only", "ok"], {}, folder);
    expect([unknown.code, unknown.stdout]).to.deep.equal([2, ""]);
  });
});
