import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { importsOf } from "../../../checks/boundaries/source.ts";
import { withPublishedSpecifiers } from "../../../scripts/package/specifiers.ts";
import { judgeLies, type Judged } from "../../support/judgedLies.ts";
import { runOf } from "../../support/oneRun.ts";
import { programsIn } from "../../support/readmeCode.ts";
import { filesBelow, FOLDERS, install, manifestOf, ROOT, run, tarballs } from "../../support/packed.ts";

const PACKAGES = FOLDERS.map((folder) => ({ folder, name: manifestOf(join(ROOT, folder)).name }));
const [CONTRACTS, CORE, SDK, ORACLE] = PACKAGES.map(({ name }) => name);
/** Bytes that a tarball may have. */
const MOST = { contracts: 220_000, core: 560_000, sdk: 70_000, oracle: 620_000, web: 1_400_000 };

/** The blocks of a language in a package's page, as they stand. */
const blocksOf = (folder: string, language: string): string[] =>
  [...readFileSync(join(ROOT, folder, "README.md"), "utf8").matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter((block) => block[1] === language).map((block) => block[2]);

const HARDHAT_CONFIG = `import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

const path = createRequire(import.meta.url).resolve("solc/soljson.js");
export default defineConfig({ solidity: { version: "0.8.37", path } });
`;

const TYPED = `import { deployments, jobRegistryAbi, type Deployment } from "${CONTRACTS}";
import { rebuild, Rule, tracedTensors, type CompiledModel, type Program, type Runtime } from "${CORE}";
import { keccakNode } from "${CORE}/merkle/keccakTree.js";
import { startDaemon, type DaemonSettings, type RunningDaemon } from "${ORACLE}";
import { ortRuntime } from "${ORACLE}/runtime/ort.js";
import { connect, deployments as addresses, type Client, type JobRegistry, type Tensor } from "${SDK}";
import { connect as connectViem } from "${SDK}/viem";
import { historyFromChain, historyOverHttp, type History, type JobDetail } from "${SDK}/history";
import { JsonRpcProvider } from "ethers";
import { createPublicClient, http } from "viem";

type Named<Name extends string> = Extract<(typeof jobRegistryAbi)[number], { readonly type: "function"; readonly name: Name }>;
export const payable: Named<"request">["stateMutability"] = "nonpayable";
// @ts-expect-error no function has this name
export const none: Named<"reqest">["stateMutability"] = "nonpayable";

export const deployment: Deployment | undefined = deployments[1];
const runtime: Runtime = ortRuntime;
export const open = (canonical: Uint8Array, file: Uint8Array): Promise<CompiledModel> => rebuild(canonical, file, runtime);
export const bounded = (program: Program): number => program.nodes.filter(({ rule }) => rule === Rule.bound).length + tracedTensors(program).length;
export const node: string = keccakNode("0x", "0x");
export const start = (settings: DaemonSettings): Promise<RunningDaemon> => startDaemon(settings);
export const jobs: JobRegistry = (await connect(new JsonRpcProvider(), { deployment: addresses[1] })).contracts.jobs;
export const maximum: bigint = await jobs.maxWindow();
export const client: Promise<Client> = connectViem({ public: createPublicClient({ transport: http() }) });
export const histories: readonly History[] = [historyFromChain(await client), historyOverHttp("http://127.0.0.1:8600")];
export const told: JobDetail | undefined = await histories[0].job("0x1");
// @ts-expect-error no job has this status
export const nowhere = histories[0].jobs({ status: "Nice" });
export const last = async (job: bigint): Promise<readonly Tensor[] | undefined> => (await (await client).job(job)).outputs;
// @ts-expect-error no function has this name
export const nothing = () => jobs.reqest();
// @ts-expect-error a daemon takes settings
export const wrong = () => startDaemon(5);
`;

describe("the packages, installed where no repository is", function () {
  this.timeout(300_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "opg-installed-"));
    write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
    install(folder, FOLDERS.map((each) => tarballs()[each]), ["hardhat", "solc", "@types/node"]);
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const installed = (name: string) => join(folder, "node_modules", name);
  const node = (...argv: string[]) => run(folder, process.execPath, ...argv);
  const opg = (...argv: string[]) => run(folder, join(folder, "node_modules", ".bin", "opg"), ...argv);

  it("hold what is promised, compiled, in a bounded size, and nothing of the machine that packed them", () => {
    for (const { folder: own, name } of PACKAGES) {
      expect(tarballs()[own].bytes, own).to.be.lessThan(MOST[own]);
      const files = filesBelow(installed(name));
      expect(files, own).to.include.members(["package.json", "README.md", "dist/LICENSE"]);
      expect(files.filter((file) => /(?<!\.d)\.m?ts$/.test(file)), `sources in ${own}`).to.deep.equal([]);
      expect(files.filter((file) => /(^|\/)(mocks|test|node_modules)\//.test(file)), own).to.deep.equal([]);
      expect(manifestOf(installed(name)), own).not.to.have.property("private");
      for (const file of files) {
        const text = readFileSync(join(installed(name), file), "latin1");
        for (const path of [ROOT, homedir(), tmpdir()]) expect(text.includes(`${path}/`), `${path} in ${own}/${file}`).to.equal(false);
      }
    }
    expect(filesBelow(installed(CONTRACTS))).to.include.members(["consumer/InferenceConsumer.sol", "interfaces/IJobRegistry.sol", "testing/MockJobRegistry.sol", "dispute/DisputeGame.sol", "abi/JobRegistry.json"]);
  });

  it("refer to no file that is not there", () => {
    const missing = [CORE, SDK, ORACLE].flatMap((name) =>
      filesBelow(installed(name))
        .filter((path) => /\.(m?js|ts|mts)$/.test(path))
        .flatMap((path) => importsOf({ path, text: readFileSync(join(installed(name), path), "utf8") }).map((specifier) => ({ path, specifier })))
        .filter(({ specifier }) => specifier.startsWith("."))
        .filter(({ path, specifier }) => !existsSync(join(installed(name), normalize(join(dirname(path), path.endsWith(".d.ts") ? specifier.replace(/\.js$/, ".d.ts") : specifier)))))
        .map(({ path, specifier }) => `${path} → ${specifier}`),
    );
    expect(missing).to.deep.equal([]);
  });

  it("the contract that their page shows is compiled, and its test passes, by the Hardhat of its own project", () => {
    const [asker, test, ...others] = blocksOf("contracts", "solidity");
    expect(others).to.deep.equal([]);
    write("hardhat.config.ts", HARDHAT_CONFIG);
    write("contracts/Asker.sol", asker);
    write("test/Asker.t.sol", test);
    const hardhat = join("node_modules", "hardhat", "dist", "src", "cli.js");
    for (const task of [["build"], ["test", "solidity"]]) {
      const { code, stdout, stderr } = node(hardhat, ...task);
      expect(code, stdout + stderr).to.equal(0);
      if (task[0] === "test") expect(stdout).to.match(/2 passing/);
    }
    const { abi, bytecode } = JSON.parse(readFileSync(join(folder, "artifacts/contracts/Asker.sol/Asker.json"), "utf8")) as { abi: { name?: string }[]; bytecode: string };
    expect(abi.map(({ name }) => name)).to.include.members(["onInferenceResult", "digit", "jobs"]);
    expect(bytecode).to.match(/^0x60[0-9a-f]{1000,}$/);
  });

  it("opg says what it can do and its version, tests the host, and certifies a model on the contracts that it brings", () => {
    expect(opg("--help").stdout).to.match(/^Usage: opg [^]* model +import, compile, publish/);
    expect(opg("--version").stdout.trim()).to.equal(manifestOf(ROOT).version);
    expect(opg("operator", "test").stdout).to.match(/this host is fit to serve/);
    writeFileSync(join(folder, "model.onnx"), readFileSync(join(ROOT, "models", "digits-mlp", "model.onnx")));
    const { code, stdout, stderr } = opg("model", "certify", "model.onnx", "--elements", "2", "--json");
    expect(code, stderr).to.equal(0);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as { ok: boolean; nodes: { honestAccepted: number; convicted: number }[] };
    expect(report.ok).to.equal(true);
    expect(report.nodes).to.have.length(6);
    for (const { honestAccepted, convicted } of report.nodes) expect([honestAccepted, convicted > 5]).to.deep.equal([2, true]);
  });

  it("the core rebuilds a program from what is published and convicts the lies that the sources convict", async () => {
    const told = await runOf("digits-mlp");
    const text = ts.transpileModule(readFileSync(join(ROOT, "test/support/judgedLies.ts"), "utf8"), { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } }).outputText;
    write("judgedLies.js", withPublishedSpecifiers(text, "test/support/judgedLies.ts", PACKAGES));
    write("told.json", JSON.stringify(told));
    write("judge.js", 'import { judgeLies } from "./judgedLies.js";\nimport told from "./told.json" with { type: "json" };\nconsole.log(JSON.stringify(await judgeLies(told)));\n');
    const { code, stdout, stderr } = node("judge.js");
    expect(code, stderr).to.equal(0);
    const judged = JSON.parse(stdout) as Judged[];
    expect(judged).to.deep.equal(await judgeLies(told));
    expect(judged.map(({ admissible }) => admissible)).to.deep.equal(judged.map((_, i) => i % 2 === 0));
    expect(judged.length).to.equal(12);
  });

  it("the kit for dApps is imported by Node, in every entry, with the addresses of the contracts package", () => {
    write("kit.js", `import * as ethers from "${SDK}";\nimport * as viem from "${SDK}/viem";\nimport * as history from "${SDK}/history";\nimport { deployments } from "${CONTRACTS}";\nconsole.log(JSON.stringify([Object.keys(ethers), Object.keys(viem), ethers.deployments === deployments, Object.keys(history), ethers.OpgError === history.OpgError]));\n`);
    const { code, stdout, stderr } = node("kit.js");
    expect(code, stderr).to.equal(0);
    const [ethers, viem, same, history, sameError] = JSON.parse(stdout) as [string[], string[], boolean, string[], boolean];
    for (const names of [ethers, viem]) expect(names).to.include.members(["connect", "encodeInputs", "decodeOutputs", "imageTensor", "OpgError"]);
    expect([same, ethers.includes("contractsOf"), viem.includes("viemChain"), sameError]).to.deep.equal([true, true, true, true]);
    expect(history).to.have.members(["historyFromChain", "historyOverHttp", "OpgError"]);
  });

  it("a program in TypeScript finds the types of all four, and so do those of the kit's README", () => {
    write("typed.ts", TYPED);
    const programs = programsIn(join(ROOT, "sdk", "README.md")).map((program, i) => ({ name: `readme${i}.ts`, program }));
    for (const { name, program } of programs) write(name, program);
    blocksOf("contracts", "ts").forEach((text, i) => write(`shown${i}.ts`, `${text}\nexport const shown = [deployments, jobRegistryAbi];\n`));
    write("tsconfig.json", JSON.stringify({ compilerOptions: { module: "nodenext", target: "es2023", strict: true, noEmit: true, types: ["node"] }, files: ["typed.ts", "shown0.ts", ...programs.map(({ name }) => name)] }));
    const { code, stdout } = node(join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", ".");
    expect(code, stdout).to.equal(0);
  });
});
