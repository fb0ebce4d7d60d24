/**
 * Writes what follows from the operators' descriptors (core/operators): docs/operators.md, the table of docs/protocol.md
 * §1.4, the list in README.md, the opcodes of both languages, and the lists of operators, of their second readings and of their
 * cases. `npm run operators`.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { OnnxForm, Operator, Twin } from "../core/operators/descriptor.ts";
import { LOWERED, LOWERINGS, takenBy } from "../core/compile/lower/index.ts";
import type { Fidelity, Lowering } from "../core/compile/lower/lowering.ts";
import { supportedOperators } from "../core/operators/index.ts";
import { anyType } from "../core/operators/reading/requirements.ts";
import { OPSETS } from "../core/onnx/model.ts";
import { FAMILIES, familyOf } from "../core/program/families.ts";
import { ruleName } from "../core/program/types.ts";
import { dtypeName } from "../core/tensor/dtype.ts";
import { twinOf } from "./boundaries/twins.ts";
import { FOUND, LISTS } from "./operatorLists.ts";

const ROOT = join(import.meta.dirname, "..");

const INTRODUCTION = `# Operators

*This page is made by \`npm run operators\` from \`core/operators\`.*

This page lists the operators of ONNX that the compiler accepts, by family, and the operators of a program that judge them. [Protocol §2](protocol.md#2-rules) states the rules, [§1.4](protocol.md#14-node-row) opcodes and rows. [Adding an operator](adding-an-operator.md) says how to extend this list.

For every operator the compiler refuses element types that are not listed, inputs that are missing, too many or empty, unknown attributes, a second or later output that somebody reads, and shapes that do not follow from the inputs. A model's opset must be one of ${OPSETS.min} to ${OPSETS.max}. [Kernels](operators/kernels.md) has the formulas of the operators under the rule \`kernel\`. [The last table](#written-in-terms-of-others) lists operators that the canonical file writes in terms of others.

*Formula* is what an element is as a real number or an integer; the rule says how it is rounded. *Gas of a judgement* is what the family takes in the golden cases (\`test/vectors/ops\`, of at most 1,000 bytes), from the cheapest to the dearest: \`OPG_FIGURES=1 npx hardhat test mocha test/ts/operators/gas.test.ts\` prints it again. The transaction around it takes some 150,000 more, and longer rows and sums take more ([budget](protocol.md#211-budget)). [Coverage](coverage.md) has the dearest verdicts of whole models.
`;

const hex = (opcode: number): string => `0x${opcode.toString(16).padStart(4, "0")}`;
const cell = (text: string): string => text.replaceAll("|", "\\|");
const list = (items: readonly string[]): string => items.join(", ") || "–";

/** What is taken only because it is written in terms of others. */
const lowered = [...LOWERED].filter(([name]) => !supportedOperators.has(name));

/** An operator of ONNX by its name, with which of its uses are taken. */
const nameOf = ([name, { only }]: readonly [string, Pick<OnnxForm, "only">]): string => (only === undefined ? name : `${name} ${only}`);
const coveredBy = ({ onnx, remark }: Operator): string => list([...Object.entries(onnx).map(nameOf), ...(remark === undefined ? [] : [remark])]);

const opsetsOf = ({ since }: Pick<OnnxForm, "since">): string => `${Math.max(since, OPSETS.min)} to ${OPSETS.max}`;

function fileOf({ name }: Operator): string {
  const [file] = globSync(twinOf(name), { cwd: ROOT });
  if (file === undefined) throw new Error(`operator ${name} has no file ${twinOf(name)}`);
  return file.replaceAll("\\", "/");
}

/** Gas of judging the golden cases of every operator, the least and the most of a case: test/ts/operators/gas.test.ts measures it. */
const GAS = JSON.parse(readFileSync(join(ROOT, "test/snapshots/gas-operators.json"), "utf8")) as Readonly<Record<string, number | undefined>>;

/** Nothing of an operator that has not been measured yet. */
const gasOf = ({ name }: Operator): string => [...new Set(["least", "most"].map((end) => GAS[`${name}, ${end}`]?.toLocaleString("en") ?? "–"))].join(" to ");

const piecesOf = ({ reduction }: Twin): string => (reduction === undefined ? "whole" : "in pieces");

function section(operator: Operator): string {
  const { name, opcode, onnx, inputs, attributes, types, rules, lanes } = operator;
  const facts = [
    ["covers (ONNX)", coveredBy(operator)],
    ["element types of the output", types === anyType ? "any" : list(types.map(dtypeName))],
    ["inputs of the row", list(inputs)],
    ["attributes of the row", list(attributes.labels)],
    ["formula", operator.formula],
    ["rules", list(rules.map((rule) => `\`${ruleName(rule)}\``))],
    ["judged", `${piecesOf(operator)}, by \`contracts/ops/${operator.library}.sol\` and its twin \`${fileOf(operator)}\``],
    ["gas of a judgement", gasOf(operator)],
    ...(lanes === undefined ? [] : [["under `lanes`", `${piecesOf(lanes)}, by \`contracts/ops/${operator.library}Lanes.sol\` and its twin in \`core/operators/lanes\``]]),
  ].map(([what, is]) => `| ${what} | ${cell(is)} |`);
  const forms = Object.entries(onnx).map((form) => `| ${nameOf(form)} | ${opsetsOf(form[1])} | ${cell(form[1].refused.join("; ") || "–")} |`);
  return `### ${name} (\`${hex(opcode)}\`)

| | |
|---|---|
${facts.join("\n")}

| ONNX | opsets | also refused |
|---|---|---|
${forms.join("\n")}
`;
}

/** What a rewrite does to results, in words. */
const fidelityOf = (fidelity: Fidelity): string => ("keeps" in fidelity ? `keeps ${fidelity.keeps}` : `changes results: ${fidelity.difference} form only`);

function loweringRows(lowering: Lowering): string[] {
  const { domain, onnx, into, where } = lowering;
  const cells = [list(into), cell(where ?? "always"), fidelityOf(lowering)].join(" | ");
  // The versions of another domain are counted apart from the opsets that a model may have.
  const sinceWhen = ({ since }: Pick<OnnxForm, "since">): string => (domain === undefined ? opsetsOf({ since }) : `from ${since}`);
  return takenBy(lowering).map((name, i) => `| ${name} | ${sinceWhen(Object.values(onnx)[i])} | ${cells} |`);
}

const loweringTable = (): string => `## Written in terms of others

The compiler writes nodes of these operators in terms of others (\`core/compile/lower\`, one rewrite per file). Everybody runs the canonical file, so no rewrite can be unsound. The compiler runs the publisher's file as well, and compares. A dispute is about one node of what stands there then: its verdict takes the gas of the dearest operator under *becomes*.

| ONNX | opsets | becomes | where | results |
|---|---|---|---|---|
${LOWERINGS.flatMap(loweringRows).join("\n")}
`;

/** docs/operators.md. */
export function operatorsPage(): string {
  const families = FAMILIES.flatMap((family) => {
    const own = FOUND.filter(({ opcode }) => familyOf(opcode) === family);
    // One judges rows of the others.
    if (own.length === 0) return [];
    return `## ${family}\n\n${own.map(section).join("\n")}`;
  });
  return [INTRODUCTION, ...families, loweringTable()].join("\n");
}

/** The table of docs/protocol.md §1.4. */
function opcodeTable(): string {
  const rows = FOUND.map((operator) => {
    const { name, opcode, inputs, attributes } = operator;
    return `| ${hex(opcode)} | ${name} | ${cell(coveredBy(operator))} | ${list(inputs)} | ${cell(list(attributes.labels))} |`;
  });
  return `\n\n| opcode | name | covers (ONNX) | inputs | attributes |\n|---|---|---|---|---|\n${rows.join("\n")}\n\n`;
}

const solidityConstant = ({ name, opcode }: Operator): string => `    uint16 internal constant ${name.toUpperCase()} = ${hex(opcode)};`;

/** The text with `part` between two marks, neither of which is replaced. */
function between(text: string, open: string, close: string, part: string): string {
  const start = text.indexOf(open);
  const end = text.indexOf(close, start + open.length);
  if (start < 0 || end < 0) throw new Error(`there is no text between "${open}" and "${close}"`);
  return text.slice(0, start + open.length) + part + text.slice(end);
}

/**
 * Every file that follows from the descriptors, with what stands in it.
 *
 * INVARIANT: the contracts' source changes by opcodes alone: solc writes a hash of all of it, words included, into the code that
 * a verifier is known by. So the opcodes have no marks around them.
 */
export const DERIVED: Readonly<Record<string, (text: string) => string>> = {
  ...LISTS,
  "docs/operators.md": operatorsPage,
  "docs/protocol.md": (text) => between(text, "<!-- opcodes -->", "<!-- /opcodes -->", opcodeTable()),
  "README.md": (text) =>
    between(text, "<!-- operators -->", "<!-- /operators -->", list([...FOUND.flatMap(({ onnx }) => Object.entries(onnx)), ...lowered].map(nameOf))),
  "contracts/types/Program.sol": (text) => between(text, "library Opcode {\n", "}\n", `${FOUND.map(solidityConstant).join("\n")}\n`),
};

/** What stands in a derived file now; nothing where there is none. */
export function readDerived(file: string): string {
  return globSync(file, { cwd: ROOT }).length === 0 ? "" : readFileSync(join(ROOT, file), "utf8");
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  for (const [file, write] of Object.entries(DERIVED)) writeFileSync(join(ROOT, file), write(readDerived(file)));
}
