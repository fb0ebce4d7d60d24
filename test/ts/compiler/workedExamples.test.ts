import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

/** Lines of code: without blank ones, comments, imports and the pragma. */
function linesOf(text: string): number {
  const code = text
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/^import .*?;\n/gms, "")
    .replace(/^\s*\/\/.*$/gm, "");
  return code.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("pragma")).length;
}

/** A part of a file: all of it, or what lies between two texts, the first one included. */
type Part = readonly [file: string, from?: string, until?: string];

function textOf([file, from, until]: Part): string {
  const text = readFileSync(join(ROOT, file), "utf8");
  if (from === undefined) return text;
  const start = text.indexOf(from);
  expect(start, `${file} has ${from}`).to.be.at.least(0);
  return until === undefined ? from : text.slice(start, text.indexOf(until, start) + until.length);
}

// What is written by hand for an operator: docs/adding-an-operator.md leads through both.
const EXAMPLES: Readonly<Record<string, { readonly most: number; readonly parts: readonly Part[] }>> = {
  LayerNormalization: {
    most: 300,
    parts: [
      ["contracts/ops/LayerNormalization.sol"],
      ["contracts/families/Normalization.sol", "if (opcode == Opcode.LAYERNORMALIZATION) return LayerNormalization.admissible(node, element, claimed, x);"],
      ["core/operators/normalization/layerNormalization.ts"],
      ["core/exact/statistics.ts", "export const layerNormalization", "\n});\n"],
      ["test/operators/layerNormalization.ts"],
    ],
  },
  Floor: {
    most: 31,
    parts: [
      ["contracts/math/Float32.sol", "function floor(", "\n    }\n"],
      ["contracts/ops/ElementFunction.sol", "if (opcode == Opcode.FLOOR) return Float32.same(claimed, Float32.floor(a));"],
      ["core/operators/elementwise/floor.ts"],
      ["core/exact/arithmetic.ts", "export const floor", "\n});\n"],
      ["test/operators/floor.ts"],
    ],
  },
};

describe("an operator takes five files", () => {
  for (const [name, { most, parts }] of Object.entries(EXAMPLES))
    it(`${name}: at most ${most} lines of code, contract, twin, second reading and cases`, () => {
      const lines = parts.map((part) => linesOf(textOf(part)));
      const sum = lines.reduce((a, b) => a + b, 0);
      if (process.env.OPG_FIGURES === "1") console.log(`${name}: ${lines.join(" + ")} = ${sum} lines of code`);
      expect(new Set(parts.map(([file]) => file)).size).to.equal(5);
      expect(sum).to.be.at.most(most);
    });
});
