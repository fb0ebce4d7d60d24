import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { complaints } from "../../../core/health.ts";
import { parseConfig } from "../../../oracle/config/load.ts";
import { configSchema } from "../../../oracle/config/schema.ts";
import { readConfig, type ExplorerConfig } from "../../../web/src/config.ts";
import { blocksIn, documentBlocks, ROOT } from "../../support/docBlocks.ts";
import { ELSEWHERE, elsewhere, executorOf, followedPages, type Executor } from "../../support/docExecutors.ts";
import { compiledContracts, typeFaults } from "../../support/docPrograms.ts";

/** What the programs of a page take for granted, in words above them. */
const PREAMBLES: Readonly<Record<string, string>> = {
  "core/README.md": 'import type { Runtime } from "opengradient-optimistic-core";\ndeclare const canonical: Uint8Array, programFile: Uint8Array, runtime: Runtime, tensors: Uint8Array[];\n',
};

/** Tests that run what a package's page shows, and how they take it from there; those of recipes name their pages. */
const RUN: Readonly<Record<string, readonly [test: string, holds: string]>> = {
  "sdk/README.md": ["test/ts/sdk/client.test.ts", 'programsIn(join(sdk, "README.md"))'],
  "contracts/README.md": ["test/ts/install/packed.test.ts", 'blocksOf("contracts", "solidity")'],
};

const blocks = documentBlocks();
const by = (executor: Executor) => blocks.filter((block) => executorOf(block) === executor);

describe("the blocks of the documents", function () {
  this.timeout(240_000);

  it("are found with their language, also in lists", () => {
    expect(blocksIn("a\n```sh until\nls\n```\n1. b\n\n   ```json\n   {\n     \"a\": 1 }\n   ```\n```\nx\n```\n")).to.deep.equal([
      { line: 2, language: "sh", manner: "until", text: "ls\n" },
      { line: 7, language: "json", manner: "", text: '{\n  "a": 1 }\n' },
      { line: 11, language: "", manner: "", text: "x\n" },
    ]);
  });

  it("are each executed by something, or show what something else prints", () => {
    expect(blocks.length).to.be.greaterThan(150);
    expect(blocks.filter((block) => executorOf(block) === undefined).map(({ document, line, language }) => `${document}:${line} is "${language}", which nothing executes`)).to.deep.equal([]);
    expect(executorOf({ document: "a.md", line: 1, language: "cobol", manner: "", text: "" })).to.equal(undefined);
  });

  it("that are typed stand on pages that the test of pages follows", () => {
    expect(followedPages()).to.include.members(["docs/devnet.md", "docs/roles/dapp.md", "docs/roles/watcher.md"]);
    const test = readFileSync(join(ROOT, "test/ts/devnet/pages.test.ts"), "utf8");
    expect(test).to.include("of followedPages()");
  });

  it("that are executed elsewhere are few, and their tests do what is said of them", () => {
    expect(ELSEWHERE.length).to.be.at.most(13);
    for (const entry of ELSEWHERE) {
      expect(by("elsewhere").some((block) => elsewhere(block) === entry), `${entry.document}: ${entry.begins}`).to.equal(true);
      expect(existsSync(join(ROOT, entry.test)), entry.test).to.equal(true);
      expect(readFileSync(join(ROOT, entry.test), "utf8"), entry.test).to.include(entry.holds);
    }
    const typed = by("elsewhere").filter(({ language }) => language === "sh");
    for (const { document, line, text } of typed) expect(spawnSync("bash", ["-n"], { input: text, encoding: "utf8" }).stderr, `${document}:${line}`).to.equal("");
  });

  it("that show something show no command that would have to be typed", () => {
    const command = /^(\$ |(?:sudo |cd |curl |docker |git |kubectl |node |npm |npx |opg )(?!devnet starts))/m;
    expect(by("shown").filter(({ text }) => command.test(text)).map(({ document, line }) => `${document}:${line}`)).to.deep.equal([]);
  });

  it("name no option of an npm command that its script does not read", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const calls = blocks.filter(({ language }) => language === "sh").flatMap(({ text }) => [...text.matchAll(/npm run ([\w:]+) -- (.*)/g)]);
    expect(calls.length).to.be.greaterThan(5);
    for (const [call, name, words] of calls) {
      const script = readFileSync(join(ROOT, /node (\S+)/.exec(scripts[name])![1]), "utf8");
      for (const [, option] of words.matchAll(/--([a-z0-9-]+)/g)) expect(script, call).to.match(new RegExp(`\\b"?${option}"?: \\{ type: `));
    }
  });

  it("in Solidity are compiled with the contracts", () => {
    expect(compiledContracts(by("solidity"))).to.include.members(["Asker", "AskerTest", "Copy"]);
  });

  it("are run, and not only compiled, where they are programs that connect or tests of contracts", () => {
    const run = (executor: Executor, isWhole: RegExp): string[] => [...new Set(by(executor).filter(({ text }) => isWhole.test(text)).map(({ document }) => document))];
    const pages = [...run("typescript", /\bawait connect\(/), ...run("solidity", /^contract \w+Test\b/m)];
    expect(pages).to.include.members(["sdk/README.md", "contracts/README.md"]);
    for (const page of pages) {
      const [test, holds] = RUN[page] ?? ["test/ts/docs/recipes.test.ts", `"${page.replaceAll(/^docs\/|\.md$/g, "")}"`];
      expect(readFileSync(join(ROOT, test), "utf8"), `${page} in ${test}`).to.include(holds);
    }
  });

  it("in TypeScript and JavaScript are typed right against the packages", () => {
    expect(by("typescript").length).to.be.greaterThan(5);
    const wrong = { document: "planted.md", line: 1, language: "ts", manner: "", text: 'export const length: string = "abc".length;\n' };
    expect(typeFaults([...by("typescript"), wrong], PREAMBLES)).to.deep.equal(["planted.md:1: Type 'number' is not assignable to type 'string'."]);
  });

  it("in Python stand in the scripts that made the shipped models", () => {
    const scripts = globSync("models/**/*.py", { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), "utf8"));
    expect(by("excerpt").length).to.be.greaterThan(1);
    for (const { document, line, text } of by("excerpt")) expect(scripts.some((script) => script.includes(text)), `${document}:${line}`).to.equal(true);
  });

  it("in JSON are settings that opg takes, a configuration that the explorer takes, or what a daemon answers", async () => {
    for (const { document, line, text } of by("json")) {
      const value = JSON.parse(text) as Record<string, unknown>;
      const where = `${document}:${line}`;
      if (Object.keys(value).every((key) => key in configSchema.shape)) parseConfig(text, where, {}, ROOT);
      else if ("deployment" in value) expect(await explorerConfig(text), where).to.have.property("name", value.name);
      else expect(value.reasons, where).to.deep.equal(complaintsOf(value as never));
    }
    expect(() => parseConfig('{ "api": { "indx": true } }', "planted.json", {}, ROOT)).to.throw();
  });
});

/** What `/health` would say where the ages are these. */
const complaintsOf = ({ headAgeSeconds, lagSeconds }: { readonly headAgeSeconds: number; readonly lagSeconds: number }): readonly string[] =>
  complaints({ headAge: headAgeSeconds, silence: lagSeconds, storeFault: undefined, runFault: undefined }, { maxHeadAge: 120, maxSilence: 30 });

/** What the explorer makes of a file beside its page, with addresses where the page has "0x…". Every address of a deployment is there. */
async function explorerConfig(text: string): Promise<ExplorerConfig> {
  const { fetch } = globalThis;
  const filled = text.replaceAll('"0x…"', `"0x${"ab".repeat(20)}"`);
  Object.assign(globalThis, { document: { baseURI: "http://page.example/" }, fetch: () => Promise.resolve(new Response(filled)) });
  try {
    const config = await readConfig();
    expect(config.deployment).to.have.all.keys("chainId", "block", "opg", "verifier", "models", "stakes", "game", "jobs", "lens");
    return config;
  } finally {
    Object.assign(globalThis, { document: undefined, fetch });
  }
}
