import { expect } from "chai";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");
const folders = [join(root, "test", "solidity", "attacks"), import.meta.dirname];

/** Names of the tests in the files of both folders, with the file. */
const tests = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".t.sol") || (file.endsWith(".test.ts") && file !== "table.test.ts"))
    .flatMap((file) => {
      const source = readFileSync(join(folder, file), "utf8");
      const names = source.matchAll(file.endsWith(".sol") ? /function (test\w+)\(/g : /\bit\("([^"]+)"/g);
      return Array.from(names, ([, name]) => ({ file, name }));
    }),
);

/** The rows of the table, without its head. */
const rows = readFileSync(join(root, "docs", "attacks.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| attack |"))
  .map((line) => {
    const [attack, defence, named] = line.split("|").slice(1).map((cell) => cell.trim());
    let file = "";
    const references: { file: string; name: string }[] = [];
    for (const [, code] of named.matchAll(/`([^`]+)`/g)) {
      if (/\.(t\.sol|test\.ts)$/.test(code)) file = code;
      else references.push({ file, name: code });
    }
    return { attack, defence, references };
  });

describe("docs/attacks.md", () => {
  for (const { attack, defence, references } of rows)
    it(`${attack}: stated, answered and tested`, () => {
      expect(defence).to.not.equal("");
      expect(references).to.not.have.length(0);
      for (const reference of references) expect(tests, `${reference.file} ${reference.name}`).to.deep.include(reference);
    });

  it("leaves out no test of an attack", () => {
    const named = rows.flatMap(({ references }) => references);
    expect(rows.length).to.be.at.least(30);
    expect(tests.length).to.be.at.least(rows.length);
    for (const test of tests) expect(named, `${test.file} ${test.name}`).to.deep.include(test);
  });
});
