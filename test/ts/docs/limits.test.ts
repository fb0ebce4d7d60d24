import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Cells of the rows of a page's tables, without heads and rules. */
const rowsOf = (path: string): string[][] =>
  read(path)
    .split("\n")
    .filter((line) => /^\| .* \|$/.test(line))
    .map((line) => line.slice(2, -2).split(" | "));

/** The value of `NAME = 2 ** 24` in a source file. */
function constantIn(path: string, name: string): number {
  const [, expression] = new RegExp(`const ${name} = ([0-9_ *]+);`).exec(read(path)) ?? [];
  if (expression === undefined) throw new Error(`${path} has no number ${name}`);
  const [base, ...exponents] = expression.split("**").map((part) => part.split("*").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1));
  return exponents.reduce((power, exponent) => power ** exponent, base);
}

describe("docs/limits.md", () => {
  const rows = rowsOf("docs/limits.md");

  it("says what the shipped parameters say", () => {
    const [local, sepolia] = ["local", "sepolia"].map((name) => JSON.parse(read(`ignition/parameters/${name}.json`)) as Record<string, string>);
    const stated = rows.filter((cells) => cells.length === 4 && /^`\w+`$/.test(cells[3]));
    expect(stated).to.have.length(11);
    for (const [, onDevnet, onSepolia, name] of stated) {
      const parameter = name.slice(1, -1);
      expect([onDevnet, onSepolia], parameter).to.deep.equal([local, sepolia].map((parameters) => Number(parameters[parameter]).toLocaleString("en")));
    }
  });

  it("says what stands in the code", () => {
    const stated = rows.flatMap((cells) => {
      const place = /^`([\w/.]+\.ts)` `(\w+)`$/.exec(cells.at(-1)!);
      return place === null ? [] : [{ value: cells[1], path: place[1], name: place[2] }];
    });
    expect(stated).to.have.length(12);
    for (const { value, path, name } of stated) expect(value, name).to.equal(constantIn(path, name).toLocaleString("en"));
  });
});
