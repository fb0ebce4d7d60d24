import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { Interface, type InterfaceAbi } from "ethers";
import ts from "typescript";
import { writeReference } from "../../../checks/reference/main.ts";
import { parseNatSpec } from "../../../checks/reference/natspec.ts";
import { ENTRIES, TYPECHAIN } from "../../../checks/reference/sdk.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** A page's entries at a depth, by their headings: several where functions differ in their arguments. */
function entriesOf(page: string, depth: number): Map<string, string[]> {
  const parts = page.split(new RegExp(`^#{${depth}} `, "m")).slice(1);
  const entries = new Map<string, string[]>();
  for (const part of parts) {
    const [heading] = part.split("\n", 1);
    const name = heading.replace(/\(\)$/, "");
    entries.set(name, [...(entries.get(name) ?? []), part.slice(heading.length).split(/^#{1,3} /m)[0]]);
  }
  return entries;
}

/** Words of an entry that are neither code nor a line about where it comes from. */
const prose = (entry: string): string => entry.replaceAll(/```[^]*?```/g, "").replaceAll(/^(selector|topic|from) .*$|^#+ .*$|^Reverts with .*$/gm, "").trim();

const pagesOf = (folder: string): Map<string, string> =>
  new Map((readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith(".md")).sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));

/** What modules of the kit export, types included. */
function exportsOf(files: readonly string[]): string[][] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, ROOT);
  const program = ts.createProgram(files.map((file) => join(ROOT, file)), options);
  const checker = program.getTypeChecker();
  return files.map((file) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(ROOT, file))!)!).map(({ name }) => name));
}

describe("the reference of contracts and kit", function () {
  this.timeout(240_000);
  let folder: string;
  let pages: Map<string, string>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "opg-reference-"));
    await writeReference(join(folder, "a"));
    pages = pagesOf(join(folder, "a"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is the same whenever it is made", async () => {
    await writeReference(join(folder, "b"));
    expect([...pagesOf(join(folder, "b"))]).to.deep.equal([...pages]);
  });

  it("has an entry with text and selector for every function, event and error of every contract's ABI", () => {
    const contracts = [...pages].filter(([file]) => /^contracts\/(?!index|Types)/.test(file));
    expect(contracts.length).to.be.greaterThan(35);
    const lacking = contracts.flatMap(([file, page]) => {
      const [, source, name] = /`(contracts\/[\w/]+\.sol)`/.exec(page)!.concat(file.slice("contracts/".length, -".md".length));
      const { abi } = JSON.parse(readFileSync(join(ROOT, "artifacts", source, `${name}.json`), "utf8")) as { abi: InterfaceAbi };
      const { fragments } = new Interface(abi);
      const entries = entriesOf(page, 3);
      return fragments.flatMap((fragment) => {
        const { type } = fragment;
        if (type !== "function" && type !== "event" && type !== "error") return [];
        const { selector, topicHash, name: own } = fragment as unknown as { selector?: string; topicHash?: string; name: string };
        const entry = entries.get(own)?.find((text) => text.includes(`\`${selector ?? topicHash}\``));
        return entry !== undefined && prose(entry) !== "" ? [] : [`${name}: ${type} ${own}`];
      });
    });
    expect(lacking).to.deep.equal([]);
  });

  it("says what a function reverts with, through the functions that it calls and those that are overridden", () => {
    const entries = (name: string) => entriesOf(pages.get(`contracts/${name}.md`)!, 3);
    expect(entries("JobRegistry").get("request")![0]).to.match(/Reverts with `BalanceTooLow`, `BondBelowMinimum`, .*`WindowOutOfRange`\./);
    expect(entries("FixedTermsConsumer").get("onInferenceResult")![0]).to.include("Reverts with `NotTheJobRegistry`.");
    expect(entries("TensorProof").get("bits")![0]).to.include("`NotInTensor`").and.to.include("- `width`: of an element: 1, 2, 4 or 8 bytes");
  });

  it("has an entry with text for everything that the kit exports, but for TypeChain's types, which lead to the contracts", () => {
    const shared = entriesOf(pages.get("sdk/ethers.md")!, 3);
    const { name: kit, exports } = JSON.parse(readFileSync(join(ROOT, "sdk", "package.json"), "utf8")) as { name: string; exports: object };
    const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
    expect(Object.values(ENTRIES).map(({ from }) => from)).to.have.members(entries.map((entry) => kit + entry.slice(1)));
    const exported = exportsOf(Object.values(ENTRIES).map(({ file }) => file));
    for (const [i, page] of Object.keys(ENTRIES).entries()) {
      const own = entriesOf(pages.get(`sdk/${page}.md`)!, 3);
      for (const name of exported[i]) {
        if (TYPECHAIN.includes(name)) continue;
        const entry = own.get(name)?.find((text) => !text.includes("Re-exports")) ?? shared.get(name)?.[0];
        expect(prose(entry ?? ""), `${page}: ${name}`).to.match(/[a-z]{3}/);
      }
    }
    const index = pages.get("sdk/index.md")!;
    for (const name of TYPECHAIN) expect(index).to.include(`(../contracts/${name}.md)`);
  });

  it("has no link that leads nowhere", () => {
    const dead = [...pages].flatMap(([file, page]) => {
      const place = join(ROOT, "docs", "reference", dirname(file));
      const links = [...page.replaceAll(/```[^]*?```|`[^`\n]*`/g, "").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link).filter((link) => !/^https?:/.test(link));
      return links.filter((link) => !existsSync(join(place, link)) && !pages.has(join(dirname(file), link))).map((link) => `${file} → ${link}`);
    });
    expect(dead).to.deep.equal([]);
  });

  it("reads NatSpec with its lines, in either form of comment", () => {
    const told = { notice: "One\n\n- two", dev: "Three", params: new Map([["a", "four\nfive"]]), returns: ["b six"] };
    expect(parseNatSpec("/// @notice One\n    ///\n    /// - two\n    /// @dev Three\n    /// @param a four\n    /// five\n    /// @return b six")).to.deep.equal(told);
    expect(parseNatSpec("/**\n * @notice One\n *\n * - two\n * @dev Three\n * @param a four\n * five\n * @return b six\n */")).to.deep.equal(told);
    expect(parseNatSpec("/// @inheritdoc IJobs")).to.deep.include({ inherited: "IJobs", notice: "" });
  });
});
