/** The operators, their second readings and their cases as they are found in their files, and the lists of them that code imports. */
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Operator } from "../core/operators/descriptor.ts";
import type { Definition } from "../core/exact/define.ts";
import { camel } from "./boundaries/twins.ts";

const ROOT = join(import.meta.dirname, "..");

/** An export of a file, whose path is relative to the root. */
interface Found<T> {
  readonly file: string;
  readonly as: string;
  readonly value: T;
}

/** The exports of these files that have all of some fields. */
async function exportsOf<T>(pattern: string, ...fields: readonly (string & keyof T)[]): Promise<Found<T>[]> {
  const files = globSync(pattern, { cwd: ROOT }).map((file) => file.replaceAll("\\", "/")).sort();
  const found = await Promise.all(
    files
      .filter((file) => !/\/(index|list)\.ts$/.test(file))
      .map(async (file) => Object.entries((await import(join(ROOT, file))) as Record<string, unknown>).map(([as, value]) => ({ file, as, value }))),
  );
  const has = (value: unknown): value is T => typeof value === "object" && value !== null && fields.every((field) => field in value);
  return found.flat().filter((each): each is Found<T> => has(each.value));
}

const operators = (await exportsOf<Operator>("core/operators/*/*.ts", "opcode", "onnx", "library")).sort((a, b) => a.value.opcode - b.value.opcode);
const definitions = await exportsOf<Definition>("core/exact/*.ts", "of", "judge");
const cases = await exportsOf<{ random: unknown; special: unknown }>("test/operators/*.ts", "random", "special");

/** All operators by their opcodes, whether they stand in the list or not. */
export const FOUND: readonly Operator[] = operators.map(({ value }) => value);

const hex = (opcode: number): string => `0x${opcode.toString(16).padStart(4, "0")}`;

/** core/program/opcodes.ts. */
export const opcodes = (): string => `// Made by npm run operators from the descriptors in core/operators.

/** Opcodes (docs/protocol.md §1.4); the high byte is the family that judges them. */
export const Opcode = {
${FOUND.map(({ name, opcode }) => `  ${name}: ${hex(opcode)},\n`).join("")}} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];
`;

/** A file of a folder that imports what was found in the others, and lists it by the operators' names. */
function list(folder: string, what: string, constant: string, found: readonly Found<unknown>[], of: (name: string) => Found<unknown> | undefined): string {
  const files = [...new Set(found.map(({ file }) => file))].sort();
  const imports = files.map((file) => {
    const names = found.filter((each) => each.file === file).map(({ as }) => as).sort();
    return `import { ${names.join(", ")} } from "./${join(dirname(file), basename(file)).slice(folder.length + 1)}";`;
  });
  const lines = FOUND.flatMap(({ name }) => {
    const entry = of(name);
    return entry === undefined ? [] : [`  ${name}: ${entry.as},`];
  });
  return `// Made by npm run operators.\n${imports.join("\n")}\n\n/** ${what}, by the names of their operators. */\nexport const ${constant} = {\n${lines.join("\n")}\n};\n`;
}

export const LISTS: Readonly<Record<string, () => string>> = {
  "core/program/opcodes.ts": opcodes,
  "core/operators/list.ts": () => list("core/operators", "The descriptors", "BY_NAME", operators, (name) => operators.find(({ value }) => value.name === name)),
  "core/exact/list.ts": () => list("core/exact", "The definitions", "DEFINITIONS", definitions, (name) => definitions.find(({ value }) => value.of === name)),
  "test/operators/list.ts": () => list("test/operators", "Cases", "BY_NAME", cases, (name) => cases.find(({ file }) => basename(file, ".ts") === camel(name))),
};
